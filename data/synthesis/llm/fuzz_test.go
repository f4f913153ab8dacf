package llm

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
)

// FuzzJournal: any journal is read, and its answers have no negative numbers of tokens.
func FuzzJournal(f *testing.F) {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil))) // it warns of every skipped line
	f.Add([]byte("{\"key\":\"a\",\"answer\":{\"content\":\"x\"},\"crc32c\":\"00000000\"}\n"))
	f.Add([]byte("{\"key\":\"a\",\"answer\":{\"content\":\"x\",\"prompt_tokens\":-1}}\n{\"batch\":\"b\",\"keys\":[\"a\"]}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "journal.jsonl")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := readJournal(path)
		if err != nil {
			return
		}
		for key, a := range j.answers {
			if key == "" || a.PromptTokens < 0 || a.CompletionTokens < 0 {
				t.Fatalf("%q: %q %+v", text, key, a)
			}
		}
	})
}
