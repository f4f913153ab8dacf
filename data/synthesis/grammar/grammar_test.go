package grammar

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"
)

func parse(t *testing.T, text string) *Grammar {
	t.Helper()
	g, err := Parse(fstest.MapFS{"g/a.txt": {Data: []byte(text)}}, "g")
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestExpand(t *testing.T) {
	g := parse(t, "# c\n= s\n{who} [likes|loves] $what\n= who\n3| we\nthey\n~\n")
	rng := rand.New(rand.NewPCG(1, 2))
	seen := map[string]uint64{}
	for range 200 {
		x, err := g.Expand(rng, "s", func(slot string) (string, error) { return "<" + slot + ">", nil })
		if err != nil {
			t.Fatal(err)
		}
		if shape, ok := seen[x.Text]; ok && shape != x.Shape {
			t.Fatalf("%q has two shapes", x.Text)
		}
		seen[x.Text] = x.Shape
	}
	if len(seen) != 6 {
		t.Errorf("got %d expansions, want 6: %v", len(seen), seen)
	}
	shapes := map[uint64]bool{}
	for _, shape := range seen {
		shapes[shape] = true
	}
	if len(shapes) != 6 {
		t.Errorf("got %d shapes, want 6", len(shapes))
	}
}

func TestExpandReturnsTheFillersError(t *testing.T) {
	want := errors.New("no")
	rng := rand.New(rand.NewPCG(1, 2))
	_, err := parse(t, "= s\na [$x|$y]").Expand(rng, "s", func(string) (string, error) { return "", want })
	if !errors.Is(err, want) {
		t.Errorf("got %v", err)
	}
	if _, err := parse(t, "= s\na").Expand(rng, "t", nil); err == nil {
		t.Error("an undefined rule expanded")
	}
}

func TestParseNamesWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"a\n":                  "g/a.txt:1: text before",
		"= a\n{b}\n":           "g/a.txt:1: rule \"a\" uses {b}",
		"= a\nx\n= a\ny\n":     "g/a.txt:3: rule \"a\" is already",
		"= a\n= b\nx\n":        "rule \"a\" has no alternatives",
		"= a\n{b}\n= b\n{a}\n": "expands itself",
		"= a\n[x|y\n":          "g/a.txt:2: column 1: [choice] is not closed",
		"= a\nx]\n":            "closes nothing",
		"= a\n{x\n":            "g/a.txt:2: column 1: {rule} is not closed",
		"= a\n[x|{c}]\n":       "uses {c}",
	} {
		_, err := Parse(fstest.MapFS{"g/a.txt": {Data: []byte(text)}}, "g")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func TestUnreached(t *testing.T) {
	g := parse(t, "= a\n{b}\n= b\nx\n= c\ny\n")
	if got := g.Unreached("a"); len(got) != 1 || got[0] != "c" {
		t.Errorf("got %v, want [c]", got)
	}
	if !g.Has("c") || g.Has("d") {
		t.Error("Has is wrong")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("= a\n2| x {b} [p|q|] $r\n= b\n~\n")
	f.Add("= a\n[[x|y]|{a}]")
	f.Fuzz(func(t *testing.T, text string) {
		g, err := Parse(fstest.MapFS{"g/a.txt": {Data: []byte(text)}}, "g")
		if err != nil || len(text) > 200 {
			return // a long text may be a grammar whose expansion is huge
		}
		rng := rand.New(rand.NewPCG(1, 2))
		for _, r := range g.list {
			if _, err := g.Expand(rng, r.name, func(string) (string, error) { return "s", nil }); err != nil {
				t.Fatal(err)
			}
		}
	})
}
