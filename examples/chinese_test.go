package examples_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"skillspace/data/jobad"
	"skillspace/data/taxonomy"
)

func loadChinese(t *testing.T) *taxonomy.Taxonomy {
	t.Helper()
	tax, err := taxonomy.LoadLanguage("ontology", "zh")
	if err != nil {
		t.Fatal(err)
	}
	return tax
}

// TestChineseOntology checks that the Chinese file holds the same skills in the same order and differs in its
// texts only.
func TestChineseOntology(t *testing.T) {
	english, chinese := load(t), loadChinese(t)
	if report := chinese.Findings(); !report.Clean() {
		t.Errorf("the sample should load without oddities: %s", report)
	}
	if len(chinese.Skills()) != len(english.Skills()) {
		t.Fatalf("%d Chinese skills, %d English ones", len(chinese.Skills()), len(english.Skills()))
	}
	alternative := 0
	for i, skill := range chinese.Skills() {
		want := english.Skills()[i]
		if skill.URI != want.URI || skill.Type != want.Type || skill.ReuseLevel != want.ReuseLevel || !slices.Equal(chinese.Level2(i), english.Level2(i)) {
			t.Errorf("%s: %+v is not the skill %+v", skill.PreferredLabel, skill, want)
		}
		if skill.PreferredLabel == "" || !hasHan(skill.PreferredLabel+strings.Join(skill.AltLabels, "")) {
			t.Errorf("%s has no Chinese label", want.PreferredLabel)
		}
		if !strings.HasSuffix(skill.Description, "。") || !hasHan(skill.Description) || len([]rune(skill.Description)) > 80 {
			t.Errorf("%s: description %q is no short Chinese sentence", want.PreferredLabel, skill.Description)
		}
		if n := len(skill.AltLabels); n < 3 || n > 6 {
			t.Errorf("%s has %d alternative labels, want 3 to 6", skill.PreferredLabel, n)
		}
		alternative += len(skill.AltLabels)
		for _, text := range append([]string{skill.PreferredLabel, skill.Description}, skill.AltLabels...) {
			if strings.ContainsAny(text, "\t,;()?!") {
				t.Errorf("%s: half-width punctuation in %q", want.PreferredLabel, text)
			}
		}
	}
	if alternative != 799 {
		t.Errorf("%d Chinese alternative labels, the README says 799", alternative)
	}
	checkUnambiguous(t, chinese)
}

func hasHan(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

func TestChineseSentences(t *testing.T) {
	tax := loadChinese(t)
	sentences := readSentences(t, "sentences-zh.jsonl")
	without, named := checkSentences(t, tax, sentences)
	if len(sentences) != 60 || without != 15 || len(named) != 58 {
		t.Errorf("%d sentences, %d without a skill, %d skills named; the README says 60, 15 and 58", len(sentences), without, len(named))
	}
	for _, s := range sentences {
		if !hasHan(s.Text) {
			t.Errorf("not Chinese: %s", s.Text)
		}
	}
	checkParaphrase(t, tax, sentences)
}

// TestChineseAdSplits builds an ad from the sentences, in paragraphs and as a numbered list, and checks that it
// splits into them again.
func TestChineseAdSplits(t *testing.T) {
	var want []string
	var running, listed strings.Builder
	listed.WriteString("岗位职责：\n")
	for i, s := range readSentences(t, "sentences-zh.jsonl") {
		want = append(want, s.Text)
		running.WriteString(s.Text)
		if i%7 == 6 {
			running.WriteString("\n")
		}
		listed.WriteString([]string{"1、", "2．", "（三）", "④", "- "}[i%5] + s.Text + "\n")
	}
	if got := texts(jobad.Split(running.String())); !slices.Equal(got, want) {
		t.Errorf("paragraphs: got %q", differing(got, want))
	}
	if got := texts(jobad.Split(listed.String())); !slices.Equal(got, append([]string{"岗位职责："}, want...)) {
		t.Errorf("list: got %q", differing(got, append([]string{"岗位职责："}, want...)))
	}
}

func texts(sentences []jobad.Segment) (texts []string) {
	for _, s := range sentences {
		texts = append(texts, s.Text)
	}
	return texts
}

// differing returns the elements of got that are missing from want.
func differing(got, want []string) []string {
	return slices.DeleteFunc(slices.Clone(got), func(s string) bool { return slices.Contains(want, s) })
}
