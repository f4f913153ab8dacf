package synthesis

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// ragged matches errors in sentences: grammar that was not expanded, doubled spaces or punctuation, a space at
// either end.
var ragged = regexp.MustCompile(`[{}\[\]$]\w|\$|  |^\s|\s$|,\s*,|\(\s*\)|\ba a\b|\ban an\b|\bthe the\b|\bof of\b|\bto to\b|\bin in\s|~`)

// moneyOrBracket matches harmless uses of the same signs in ads.
var moneyOrBracket = regexp.MustCompile(`\$ ?\d`)

func TestSentencesAreWhole(t *testing.T) {
	checkText(t, defaults(6000), sampleDir)
}

func TestSentencesAreWholeOverESCO(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	esco(t)
	checkText(t, defaults(20000), escoDir)
}

func checkText(t *testing.T, opts Spec, dir string) {
	t.Helper()
	tax := sample(t)
	if dir == escoDir {
		tax = esco(t)
	}
	list, r := generate(t, tax, opts)
	bad := 0
	seen := map[string]bool{}
	for _, e := range list {
		text := moneyOrBracket.ReplaceAllString(e.Text, "1")
		words := len(strings.Fields(text))
		if m := ragged.FindString(text); m != "" || !utf8.ValidString(text) || words == 0 || words > 110 {
			if bad++; bad < 12 {
				t.Errorf("ragged at %q, %d words: %q", m, words, e.Text)
			}
		}
		seen[e.Text] = true
	}
	if bad > 0 {
		t.Errorf("%d of %d sentences are ragged", bad, len(list))
	}
	if share := float64(r.Duplicates) / float64(r.Sentences); share > 0.005 || len(seen) < len(list)-r.Duplicates {
		t.Errorf("%d of %d sentences repeat another", r.Duplicates, r.Sentences)
	}
	if r.Shapes < opts.Sentences/2 {
		t.Errorf("%d shapes in %d sentences, want half as many at least", r.Shapes, r.Sentences)
	}
}

func TestNegativesNameNoSkill(t *testing.T) {
	tax := esco(t)
	// Ads use these words without naming a skill, for benefits, the hiring process and the branch of trade.
	incidental := regexp.MustCompile(`^(application process|personal development|.* industry)$`)
	labels := map[string]bool{}
	for _, s := range tax.Skills() {
		for _, label := range append([]string{s.PreferredLabel}, s.AltLabels...) {
			if strings.Contains(label, " ") && !incidental.MatchString(label) {
				labels[strings.ToLower(label)] = true
			}
		}
	}
	opts := defaults(4000)
	opts.NegativeShare, opts.Coverage = 0.999, 0
	list, _ := generate(t, tax, opts)
	distinct := map[uint64]bool{}
	for _, e := range list {
		if len(e.Skills) > 0 {
			continue
		}
		distinct[textKey(e.Text)] = true
		words := strings.Fields(strings.ToLower(strings.Map(labelRune, e.Text)))
		for from := range words {
			for to := from + 2; to <= min(len(words), from+6); to++ {
				if phrase := strings.Join(words[from:to], " "); labels[phrase] {
					t.Errorf("%q holds the label %q", e.Text, phrase)
				}
			}
		}
	}
	if len(distinct) < 3500 {
		t.Errorf("%d distinct negatives of 4000", len(distinct))
	}
}

func labelRune(r rune) rune {
	if r == ' ' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
		return r
	}
	return -1
}

// TestWriteSample writes sentences over ESCO to the file that SYNTHESIS_SAMPLE names, so that a person can read
// them.
func TestWriteSample(t *testing.T) {
	path := os.Getenv("SYNTHESIS_SAMPLE")
	if path == "" {
		t.Skip("SYNTHESIS_SAMPLE names no file")
	}
	tax := esco(t)
	opts := defaults(40)
	opts.Seed, opts.NegativeShare, opts.Coverage = 2024, 0.2, 0
	list, _ := generate(t, tax, opts)
	var b strings.Builder
	for _, e := range list {
		var labels []string
		for _, uri := range e.Skills {
			i, _ := tax.Index(uri)
			labels = append(labels, tax.Skills()[i].PreferredLabel)
		}
		fmt.Fprintf(&b, "%s\n      -> %s\n", e.Text, strings.Join(labels, " | "))
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
