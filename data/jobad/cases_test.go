package jobad

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The cases of ../shared/cases as its README wants them split. TestSplit… and TestMarkup have their like.

func readCase(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "cases", name))
	if err != nil {
		t.Skipf("needs ../shared/cases/%s beside the repository: %v", name, err)
	}
	return string(content)
}

// The four forms of an ad have the same sentences.
func TestFormsOfAnAd(t *testing.T) {
	var first []string
	for line := range strings.Lines(readCase(t, "html.jsonl")) {
		var ad struct{ Text string }
		if err := json.Unmarshal([]byte(line), &ad); err != nil {
			t.Fatal(err)
		}
		var sentences []string
		for _, s := range Split(ad.Text) {
			sentences = append(sentences, strings.ReplaceAll(s.Clean, "’", "'"))
		}
		if first == nil {
			first = sentences
		}
		if len(sentences) != 4 || !slices.Equal(sentences, first) {
			t.Errorf("%q, not %q", sentences, first)
		}
		checkSource(t, ad.Text)
	}
}

func TestSentencesOfCases(t *testing.T) {
	for name, want := range map[string]int{"glued.txt": 21, "pdf.txt": 2, "chinese-1.txt": 4, "chinese-2.txt": 6, "german.txt": 11, "french.txt": 10, "a.html": 3} {
		t.Run(name, func(t *testing.T) {
			ad := readCase(t, name)
			segments := Split(ad)
			if len(segments) != want {
				t.Errorf("%d sentences, want %d", len(segments), want)
				for _, s := range segments {
					t.Logf("%q", s.Clean)
				}
			}
			checkSource(t, ad)
		})
	}
}
