package llm

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestAlteredAnswerIsNotUsed checks that an answer that was altered on the disk is asked for again, and that its
// neighbours are kept.
func TestAlteredAnswerIsNotUsed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	j, err := openJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"a", "b", "c"} {
		if err := j.add(&record{Key: key, Answer: &answer{Content: "drive a truck"}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	for bit := range 8 * (len(lines[1]) - 1) {
		damaged := bytes.Clone(lines[1])
		damaged[bit/8] ^= 1 << (bit % 8)
		if err := os.WriteFile(path, bytes.Join([][]byte{lines[0], damaged, lines[2]}, nil), 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := readJournal(path)
		if err != nil {
			t.Fatal(err)
		}
		if j.find("a") == nil || j.find("c") == nil {
			t.Errorf("bit %d: an answer beside the altered one is lost", bit)
		}
		if b := j.find("b"); b != nil && b.Content != "drive a truck" {
			t.Errorf("bit %d: the altered answer %q is used", bit, b.Content)
		}
		if len(j.answers) > 3 {
			t.Errorf("bit %d: %d answers", bit, len(j.answers))
		}
	}
}
