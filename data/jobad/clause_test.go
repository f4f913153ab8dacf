package jobad

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// wordsFit is a model that reads n words, or n characters of Chinese.
func wordsFit(n int) func(string) bool {
	return func(text string) bool {
		words := len(strings.Fields(text))
		for _, r := range text {
			if cjk(r) {
				words++
			}
		}
		return words <= n
	}
}

func TestClauses(t *testing.T) {
	for _, c := range []struct {
		name, text string
		words      int
		want, read string // with "|" between the clauses
		cuts       int
	}{
		{"fits", "You knead dough.", 3, "You knead dough.", "You knead dough.", 0},
		{"commas and who", "We look for a friendly colleague with a good sense of humour, who is able to knead dough at night, and who weighs flour to the gram and cleans the oven",
			20, "We look for a friendly colleague with a good sense of humour,|who is able to knead dough at night,|and who weighs flour to the gram and cleans the oven",
			"We look for a friendly colleague with a good sense of humour,|of humour, who is able to knead dough at night,|at night, and who weighs flour to the gram and cleans the oven", 0},
		{"conjunctions", strings.Repeat("a nice word and ", 12) + "a last one", 30,
			"a nice word and a nice word and a nice word and a nice word and a nice word|and a nice word and a nice word and a nice word and a nice word|and a nice word and a nice word and a nice word and a last one", "", 0},
		{"no clause", strings.Repeat("dough ", 30), 20, "dough dough dough dough dough dough dough dough dough dough dough dough dough|dough dough dough dough dough dough dough dough dough dough dough dough dough|dough dough dough dough", "", 2},
		{"Chinese", "负责面团的制作和烘焙以及面包的销售，并参与新产品的研发与试制工作，同时负责厨房设备的日常维护保养", 30,
			"负责面团的制作和烘焙以及面包的销售，|并参与新产品的研发与试制工作，|同时负责厨房设备的日常维护保养", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got, read []string
			cuts := 0
			for _, s := range SplitToFit(c.text, wordsFit(c.words)) {
				got, read = append(got, s.Clean), append(read, s.Window)
				if s.Cut {
					cuts++
				}
			}
			if want := strings.Split(c.want, "|"); !slices.Equal(got, want) {
				t.Errorf("got %q\nwant %q", got, want)
			}
			if want := strings.Split(c.read, "|"); c.read != "" && !slices.Equal(read, want) {
				t.Errorf("read %q\nwant %q", read, want)
			}
			if cuts != c.cuts {
				t.Errorf("%d cuts inside of clauses, want %d", cuts, c.cuts)
			}
		})
	}
}

// FuzzClauses cuts texts for models that read little. Everything readable is in a window, and windows fit.
func FuzzClauses(f *testing.F) {
	for _, seed := range []string{"You knead dough, and sell rolls; a b c d e f", "负责面团的制作，和烘焙以及面包的销售", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"\xff\xff\xff\u00ad\u200b , ; a", "00000", "熟熟熟", "<b>You <i>knead</i></b> a,b,c,d &amp; e f g h i j k l m n o p"} {
		f.Add(seed, 5)
	}
	f.Fuzz(func(t *testing.T, ad string, limit int) {
		fits := func(text string) bool { return utf8.RuneCountInString(text) <= max(4, limit%200) }
		checkClauses(t, ad, fits)
	})
}

func checkClauses(t *testing.T, ad string, fits func(string) bool) {
	t.Helper()
	segments := SplitToFit(ad, fits)
	last := 0
	var got, want strings.Builder
	for _, s := range segments {
		if s.Start < last || s.Text != ad[s.Start:s.End] || !strings.HasSuffix(s.Window, s.Clean) {
			t.Fatalf("%+v after %d", s, last)
		}
		if !fits(s.Window) {
			t.Fatalf("window %q does not fit", s.Window)
		}
		last = s.End
		got.WriteString(letters(s.Clean))
	}
	for _, s := range Split(ad) {
		want.WriteString(letters(s.Clean))
	}
	if got.String() != want.String() {
		t.Fatalf("clauses %q, sentences %q", got.String(), want.String())
	}
}

// TestClausesAreLinear cuts 256 KiB without an end of a sentence.
func TestClausesAreLinear(t *testing.T) {
	fits := func(text string) bool { return len(text) <= 200 }
	for _, unit := range []string{"a", "a ", "a, ", "a,b,", "熟", "熟，", "and ", "who ", "and who ", "-", "- ", "\u00ad", "a\u200b", "x  ", "\xff"} {
		ad := "x" + strings.Repeat(unit, (1<<18)/len(unit)) + "x"
		start := time.Now()
		checkClauses(t, ad, fits)
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%q: %v for 256 KiB", unit, took)
		}
	}
}

// letters returns what of a text must not be lost.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if readable(string(r)) && r != utf8.RuneError {
			return r
		}
		return -1
	}, text)
}
