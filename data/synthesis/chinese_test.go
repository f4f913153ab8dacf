package synthesis

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"skillspace/data/corpus"
	"skillspace/data/synthesis/chinese"
	"skillspace/data/taxonomy"
)

func chineseSample(t testing.TB) *taxonomy.Taxonomy {
	t.Helper()
	tax, err := taxonomy.LoadLanguage(sampleDir, "zh")
	if err != nil {
		t.Fatal(err)
	}
	return tax
}

func inChinese(sentences int) Spec {
	o := defaults(sentences)
	o.Language = Chinese
	return o
}

// raggedChinese matches errors in Chinese sentences: grammar that was not expanded, two consecutive marks, a word
// or a list without an end, a space between two Chinese characters.
var raggedChinese = regexp.MustCompile(`[{}\[\]$|~]|[，、；：。！][，、；：。！]|以上以上|的的|负责负责|熟悉熟悉|^[，、；。]|、$|、[；。]|\p{Han} \p{Han}|  |^ | $`)

func TestChineseSentencesAreWhole(t *testing.T) {
	tax := chineseSample(t)
	list, r := generate(t, tax, inChinese(6000))
	bad, foreign, lengths := 0, 0, []int{}
	for _, e := range list {
		if !chinese.HasHan(e.Text) { // for example "JavaScript。" in a list of requirements
			foreign++
		}
		if m := raggedChinese.FindString(e.Text); m != "" {
			if bad++; bad < 12 {
				t.Errorf("ragged at %q: %s", m, e.Text)
			}
		}
		lengths = append(lengths, chinese.Length(e.Text))
	}
	slices.Sort(lengths)
	if low, high := lengths[len(lengths)/20], lengths[len(lengths)*19/20]; low < 5 || high > 60 || foreign > len(list)/100 || lengths[len(lengths)-1] > 140 {
		t.Errorf("lengths from %d to %d, nine in ten from %d to %d characters; %d without a Chinese one", lengths[0], lengths[len(lengths)-1], low, high, foreign)
	}
	if share := float64(r.Duplicates) / float64(r.Sentences); share > 0.005 || r.Shapes < 4000 {
		t.Errorf("%d of %d sentences repeat another; %d shapes", r.Duplicates, r.Sentences, r.Shapes)
	}
	if r.SkillsCovered != r.Skills || r.VerbatimShare > 0.65 || r.VerbatimShare < 0.2 {
		t.Errorf("%d of %d skills covered, %.2f of the mentions hold a label", r.SkillsCovered, r.Skills, r.VerbatimShare)
	}
	if d := distinctPairs(list); d < 0.06 {
		t.Errorf("%.3f of the pairs of characters are distinct", d)
	}
}

// distinctPairs is distinct-2 over characters (Li et al., arXiv 1510.03055).
func distinctPairs(list []corpus.Example) float64 {
	seen, total := map[[2]rune]bool{}, 0
	for _, e := range list {
		runes := []rune(e.Text)
		for i := 1; i < len(runes); i++ {
			seen[[2]rune{runes[i-1], runes[i]}] = true
			total++
		}
	}
	return float64(len(seen)) / float64(total)
}

func TestChineseNegativesNameNoSkill(t *testing.T) {
	tax := chineseSample(t)
	opts := inChinese(3000)
	opts.NegativeShare, opts.Coverage = 0.999, 0
	list, _ := generate(t, tax, opts)
	distinct := map[string]bool{}
	for _, e := range list {
		if len(e.Skills) > 0 {
			continue
		}
		distinct[e.Text] = true
		for i := range tax.Skills() {
			s := &tax.Skills()[i]
			for _, label := range append([]string{s.PreferredLabel}, s.AltLabels...) {
				if len([]rune(label)) > 2 && strings.Contains(e.Text, label) {
					t.Errorf("%s holds the label %s", e.Text, label)
				}
			}
		}
	}
	if len(distinct) < 2500 {
		t.Errorf("%d distinct negatives of 3000", len(distinct))
	}
}

func TestChineseRepeatsItself(t *testing.T) {
	tax := chineseSample(t)
	first, _ := generate(t, tax, inChinese(300))
	again, _ := generate(t, tax, inChinese(300))
	if !slices.EqualFunc(first, again, func(a, b corpus.Example) bool { return a.Text == b.Text && slices.Equal(a.Skills, b.Skills) }) {
		t.Error("the same seed gives another corpus")
	}
}

func TestChineseNeedsChineseLabels(t *testing.T) {
	_, err := Generate(context.Background(), sample(t), inChinese(10), func(corpus.Example) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "preferred labels are Chinese") {
		t.Errorf("English labels: %v", err)
	}
	opts := inChinese(10)
	opts.Language = "fr"
	if _, err := Generate(context.Background(), sample(t), opts, nil); err == nil || !strings.Contains(err.Error(), `got "fr"`) {
		t.Errorf("French: %v", err)
	}
}
