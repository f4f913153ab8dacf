package corpus_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"skillspace/data/corpus"
)

func ExampleStream() {
	dir, err := os.MkdirTemp("", "corpus")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "corpus.jsonl")
	lines := `{"text": "You repair lorries.", "skills": ["https://example.org/skills/1"]}
{"text": "We offer free fruit.", "skills": []}
{"text": "No skills here"}
`
	if err := os.WriteFile(path, []byte(lines), 0o600); err != nil {
		log.Fatal(err)
	}
	rejects, err := corpus.Stream(context.Background(), path, func(e corpus.Example) error {
		fmt.Println(len(e.Skills), e.Text)
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(rejects.Rows, "rejected")
	// Output:
	// 1 You repair lorries.
	// 0 We offer free fruit.
	// 1 rejected
}
