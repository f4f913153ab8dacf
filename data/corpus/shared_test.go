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
		ads         int // the number of sentences without a predecessor
	}{
		{"skillspan/train.json", 4800, 1584, 140},
		{"skillspan/dev.json", 3174, 914, 58},
		{"zh-ads/dev.jsonl", 247, 148, 20},
	} {
		path := filepath.Join("..", "..", "..", "shared", "data", filepath.FromSlash(c.name))
		if _, err := os.Stat(path); err != nil {
			t.Skipf("needs ../shared/data/%s beside the repository: %v", c.name, err)
		}
		found, rejects, err := ReadLabelled(path)
		if err != nil {
			t.Fatal(err)
		}
		skill, ads := 0, 0
		for _, l := range found {
			if l.Skill {
				skill++
			}
			if l.Before == "" {
				ads++
			}
		}
		if len(found) != c.rows || skill != c.skill || ads != c.ads || rejects.Rows != 0 {
			t.Errorf("%s: %d sentences, %d with a skill, %d ads, %s; want %d, %d, %d", c.name, len(found), skill, ads, rejects, c.rows, c.skill, c.ads)
		}
	}
}
