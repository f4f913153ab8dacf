// Package examples_test holds the checks of the bundled sample: that its files load, agree with each other and with
// their README, and differ from ESCO where they must. It holds no code that other packages use.
package examples_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
)

func load(t *testing.T) *taxonomy.Taxonomy {
	t.Helper()
	tax, err := taxonomy.Load("ontology")
	if err != nil {
		t.Fatal(err)
	}
	return tax
}

func readSentences(t *testing.T, file string) []corpus.Example {
	t.Helper()
	sentences, rejects, err := corpus.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	if rejects != nil && rejects.Rows > 0 {
		t.Fatal(rejects)
	}
	return sentences
}

func TestOntologyIsComplete(t *testing.T) {
	tax := load(t)
	if report := tax.Findings(); !report.Clean() {
		t.Errorf("the sample should load without oddities: %s", report)
	}
	if got := len(tax.Skills()); got != 201 {
		t.Errorf("%d skills, the README says 201", got)
	}
	if got := len(tax.Groups()); got != 194 {
		t.Errorf("%d hierarchy nodes, the README says 194", got)
	}
	alternative, between := 0, 0
	groups := map[int]bool{}
	for i, skill := range tax.Skills() {
		alternative += len(skill.AltLabels)
		between += len(tax.Broader(i))
		if n := len(skill.AltLabels); n < 3 || n > 6 {
			t.Errorf("%s has %d alternative labels, want 3 to 6", skill.PreferredLabel, n)
		}
		if skill.Description == "" || !strings.HasSuffix(skill.Description, ".") {
			t.Errorf("%s: description %q is no sentence", skill.PreferredLabel, skill.Description)
		}
		if len(tax.Level2(i)) == 0 {
			t.Errorf("%s reaches no Level-2 group", skill.PreferredLabel)
		}
		for _, group := range tax.Level2(i) {
			groups[group] = true
		}
	}
	if alternative != 800 || between != 7 || len(groups) != 66 {
		t.Errorf("%d alternative labels, %d relations between skills, %d Level-2 groups; the README says 800, 7, 66",
			alternative, between, len(groups))
	}
}

// TestGroupsHoldSeveralSkills checks that enough Level-2 groups hold several skills, since a writer draws the
// skills of one sentence from one group.
func TestGroupsHoldSeveralSkills(t *testing.T) {
	tax := load(t)
	large := 0
	for i, group := range tax.Groups() {
		members := len(tax.Members(i))
		if members == 0 {
			t.Errorf("group %s holds no skill", group.URI)
		}
		if group.Description != "" {
			t.Errorf("group %s has a description: ESCO's texts are not bundled", group.URI)
		}
		if group.Level == 2 && members >= 3 {
			large++
		}
	}
	if large < 14 {
		t.Errorf("%d Level-2 groups with three skills or more, want at least 14", large)
	}
}

func TestAlternativeLabelsAreUnambiguous(t *testing.T) { checkUnambiguous(t, load(t)) }

func checkUnambiguous(t *testing.T, tax *taxonomy.Taxonomy) {
	t.Helper()
	owner := map[string]string{}
	for _, skill := range tax.Skills() {
		for _, label := range append([]string{skill.PreferredLabel}, skill.AltLabels...) {
			key := strings.ToLower(label)
			if other, taken := owner[key]; taken {
				t.Errorf("%q belongs to %s and to %s", label, other, skill.PreferredLabel)
			}
			owner[key] = skill.PreferredLabel
		}
	}
}

func TestSentences(t *testing.T) {
	tax := load(t)
	sentences := readSentences(t, "sentences.jsonl")
	without, named := checkSentences(t, tax, sentences)
	if len(sentences) != 237 || without != 80 {
		t.Errorf("%d sentences, %d without a skill; the README says 237 and 80", len(sentences), without)
	}
	for _, skill := range tax.Skills() {
		if !named[skill.URI] {
			t.Errorf("no sentence names %s", skill.PreferredLabel)
		}
	}
}

// checkSentences looks at each sentence and returns how many name no skill, and the skills that some sentence names.
func checkSentences(t *testing.T, tax *taxonomy.Taxonomy, sentences []corpus.Example) (without int, named map[string]bool) {
	t.Helper()
	named = map[string]bool{}
	seen := map[string]bool{}
	for _, s := range sentences {
		key := strings.ToLower(strings.Join(strings.Fields(s.Text), " "))
		if seen[key] {
			t.Errorf("twice: %s", s.Text)
		}
		seen[key] = true
		if s.Writer != "hand" || s.Level2 != "" {
			t.Errorf("%s: writer %q, level2 %q; want hand and none", s.Text, s.Writer, s.Level2)
		}
		if len(s.Skills) == 0 {
			without++
		}
		if len(s.Skills) > 4 {
			t.Errorf("%s: %d skills, want at most 4", s.Text, len(s.Skills))
		}
		for _, uri := range s.Skills {
			if _, ok := tax.Index(uri); !ok {
				t.Errorf("%s: unknown skill %s", s.Text, uri)
			}
			named[uri] = true
		}
	}
	return without, named
}

func TestSentencesParaphrase(t *testing.T) {
	checkParaphrase(t, load(t), readSentences(t, "sentences.jsonl"))
}

// checkParaphrase checks that held-out sentences paraphrase the labels of their skills. Otherwise a search for
// the label would find the skill. Names of languages and technologies have no paraphrase, so a few labels may
// occur.
func checkParaphrase(t *testing.T, tax *taxonomy.Taxonomy, sentences []corpus.Example) {
	t.Helper()
	pairs, verbatim := 0, 0
	for _, s := range sentences {
		text := strings.ToLower(s.Text)
		for _, uri := range s.Skills {
			i, ok := tax.Index(uri)
			if !ok {
				continue // checkSentences reports it
			}
			pairs++
			skill := tax.Skills()[i]
			for _, label := range append([]string{skill.PreferredLabel}, skill.AltLabels...) {
				if strings.Contains(text, strings.ToLower(label)) {
					verbatim++
					break
				}
			}
		}
	}
	if verbatim*10 > pairs {
		t.Errorf("%d of %d labels stand word for word in their sentence, want at most a tenth", verbatim, pairs)
	}
}

type ad struct {
	ID        string `json:"id"`
	Title     string `json:"title"`
	Sentences []struct {
		Text   string   `json:"text"`
		Skill  bool     `json:"skill"`
		Skills []string `json:"skills"`
		Labels []string `json:"labels"`
	} `json:"sentences"`
}

func readAds(t *testing.T) []ad {
	t.Helper()
	data, err := os.ReadFile("ads.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var ads []ad
	for i, line := range bytes.Split(bytes.TrimSpace(data), []byte("\n")) {
		var a ad
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatalf("ads.jsonl:%d: %v", i+1, err)
		}
		ads = append(ads, a)
	}
	return ads
}

func TestAds(t *testing.T) {
	tax := load(t)
	ads := readAds(t)
	files, err := filepath.Glob(filepath.Join("ads", "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if len(ads) != 3 || len(files) != 3 {
		t.Fatalf("%d ads in ads.jsonl, %d text files, want 3 each", len(ads), len(files))
	}
	sentences, skilled := 0, 0
	for _, a := range ads {
		checkAdText(t, a)
		for _, s := range a.Sentences {
			sentences++
			if s.Skill {
				skilled++
			}
			if s.Skill != (len(s.Skills) > 0) || len(s.Skills) != len(s.Labels) {
				t.Errorf("%s: %q: skill, skills and labels disagree", a.ID, s.Text)
				continue
			}
			for k, uri := range s.Skills {
				i, ok := tax.Index(uri)
				if !ok || tax.Skills()[i].PreferredLabel != s.Labels[k] {
					t.Errorf("%s: %q: %s is not the skill %q", a.ID, s.Text, uri, s.Labels[k])
				}
			}
		}
	}
	if sentences != 88 || skilled != 39 {
		t.Errorf("%d sentences, %d with skills; the README says 88 and 39", sentences, skilled)
	}
}

// checkAdText makes sure that the labelled sentences are the text file, in order and with nothing but bullets between.
func checkAdText(t *testing.T, a ad) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("ads", a.ID+".txt"))
	if err != nil {
		t.Error(err)
		return
	}
	rest := string(data)
	if n := len(strings.Fields(rest)); n < 200 || n > 350 {
		t.Errorf("%s has %d words, want 200 to 350", a.ID, n)
	}
	for _, s := range a.Sentences {
		before, after, found := strings.Cut(rest, s.Text)
		if !found || strings.Trim(before, " \n-*•") != "" {
			t.Errorf("%s: %q does not follow in the text file", a.ID, s.Text)
			return
		}
		rest = after
	}
	if strings.TrimSpace(rest) != "" {
		t.Errorf("%s: %q is in the text file only", a.ID, rest)
	}
}
