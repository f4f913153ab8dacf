package baseline

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
)

func sampleTaxonomy(t testing.TB) *taxonomy.Taxonomy {
	t.Helper()
	tax, err := taxonomy.New([]taxonomy.Skill{
		{URI: "u:0", PreferredLabel: "solve problems", AltLabels: []string{"problem solving"}},
		{URI: "u:1", PreferredLabel: "Java (computer programming)", AltLabels: []string{"Java SE"}},
		{URI: "u:2", PreferredLabel: "C#"},
		{URI: "u:3", PreferredLabel: "bake bread", AltLabels: []string{"make bread"}},
		{URI: "u:4", PreferredLabel: "bachelor's paperwork"},
		{URI: "u:5", PreferredLabel: "use spreadsheets"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return tax
}

func near(got, want, tolerance float64) bool { return math.Abs(got-want) <= tolerance }

// shared returns a path under ../shared beside the repository. Without it the test is skipped.
func shared(t testing.TB, path string) string {
	t.Helper()
	full := filepath.Join("..", "..", "..", "shared", filepath.FromSlash(path))
	if _, err := os.Stat(full); err != nil {
		t.Skipf("needs ../shared/%s beside the repository: %v", path, err)
	}
	return full
}

func TestKeywordFilter(t *testing.T) {
	k := NewKeywordFilter(sampleTaxonomy(t))
	cases := map[string]int{
		"We bake bread.":                     2,
		"JAVA developer":                     1,
		"java (computer programming), c#":    3,
		"javascript":                         0,
		"C":                                  0,
		"Expert in C#":                       1,
		"problem - solving":                  2,
		"problem of solving":                 0,
		"":                                   0,
		"bachelor\u2019s paperwork":          2 + 1, // the apostrophe parts the word
		"make use of spreadsheets and bread": 0,
	}
	for text, want := range cases {
		if got := k.LongestMatch(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := k.ScoreSentences(ctx, corpus.Alone("a")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
