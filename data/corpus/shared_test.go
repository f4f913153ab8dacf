package corpus

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSharedLabelledFiles(t *testing.T) {
	for _, c := range []struct {
		name        string
		rows, skill int
	}{
		{"skillspan/train.json", 4800, 1584},
		{"skillspan/dev.json", 3174, 914},
		{"zh-ads/dev.jsonl", 247, 148},
	} {
		path := filepath.Join("..", "..", "..", "shared", "data", filepath.FromSlash(c.name))
		if _, err := os.Stat(path); err != nil {
			t.Skipf("needs ../shared/data/%s beside the repository: %v", c.name, err)
		}
		found, rejects, err := ReadLabelled(path)
		if err != nil {
			t.Fatal(err)
		}
		skill := 0
		for _, l := range found {
			if l.Skill {
				skill++
			}
		}
		if len(found) != c.rows || skill != c.skill || rejects.Rows != 0 {
			t.Errorf("%s: %d sentences, %d with a skill, %s; want %d, %d", c.name, len(found), skill, rejects, c.rows, c.skill)
		}
	}
}
