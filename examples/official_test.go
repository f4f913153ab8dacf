package examples_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"skillspace/data/taxonomy"
)

// longestShared is the largest number of consecutive words that a description may share with ESCO's. Common
// phrases such as "in accordance with the" are allowed.
const longestShared = 4

// official loads the full ESCO. It skips the test if ESCO is not available.
func official(t *testing.T) *taxonomy.Taxonomy {
	t.Helper()
	dir := filepath.Join("..", "..", "shared", "data", "esco-1.1.0")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("needs ../shared/data/esco-1.1.0 beside the repository, which is not there")
	}
	tax, err := taxonomy.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return tax
}

func TestFactsAreOfficial(t *testing.T) {
	full, sample := official(t), load(t)
	for i, skill := range sample.Skills() {
		j, ok := full.Index(skill.URI)
		if !ok {
			t.Errorf("%s is no ESCO skill", skill.URI)
			continue
		}
		want := full.Skills()[j]
		if skill.PreferredLabel != want.PreferredLabel || skill.Type != want.Type || skill.ReuseLevel != want.ReuseLevel {
			t.Errorf("%s: label, type or reuse level differ from ESCO's: %q, %q, %q", skill.URI, skill.PreferredLabel, skill.Type, skill.ReuseLevel)
		}
		wanted := groupURIs(full, full.Level2(j))
		for _, uri := range groupURIs(sample, sample.Level2(i)) {
			if !slices.Contains(wanted, uri) {
				t.Errorf("%s reaches %s, which it does not in ESCO", skill.PreferredLabel, uri)
			}
		}
	}
	for i, group := range sample.Groups() {
		j, ok := full.GroupIndex(group.URI)
		if !ok {
			t.Errorf("%s is no node of ESCO's hierarchy", group.URI)
			continue
		}
		want := full.Groups()[j]
		if group.Label != want.Label || group.Code != want.Code || group.Level != want.Level {
			t.Errorf("%s: label, code or level differ from ESCO's: %q, %q, %d", group.URI, group.Label, group.Code, group.Level)
		}
		parent, has := sample.Parent(i)
		above, wants := full.Parent(j)
		if has != wants || has && sample.Groups()[parent].URI != full.Groups()[above].URI {
			t.Errorf("%s hangs under another node than in ESCO", group.URI)
		}
	}
}

func groupURIs(tax *taxonomy.Taxonomy, groups []int) []string {
	var uris []string
	for _, g := range groups {
		uris = append(uris, tax.Groups()[g].URI)
	}
	return uris
}

func TestWordsAreOurs(t *testing.T) {
	full, sample := official(t), load(t)
	known := map[string]string{}
	for _, skill := range full.Skills() {
		for _, labels := range [][]string{{skill.PreferredLabel}, skill.AltLabels, skill.HiddenLabels} {
			for _, label := range labels {
				known[strings.ToLower(label)] = skill.PreferredLabel
			}
		}
	}
	for _, skill := range sample.Skills() {
		for _, label := range skill.AltLabels {
			if other, taken := known[strings.ToLower(label)]; taken {
				t.Errorf("%s: alternative label %q is ESCO's, of %s", skill.PreferredLabel, label, other)
			}
		}
		i, ok := full.Index(skill.URI)
		if !ok {
			continue // TestFactsAreOfficial reports it
		}
		if shared := sharedRun(skill.Description, full.Skills()[i].Description); len(shared) > longestShared {
			t.Errorf("%s: the description shares %q with ESCO's", skill.PreferredLabel, strings.Join(shared, " "))
		}
	}
}

// sharedRun returns the longest run of words that both texts contain.
func sharedRun(a, b string) []string {
	wordsA, wordsB := words(a), words(b)
	var longest []string
	for i := range wordsA {
		for j := range wordsB {
			n := 0
			for i+n < len(wordsA) && j+n < len(wordsB) && wordsA[i+n] == wordsB[j+n] {
				n++
			}
			if n > len(longest) {
				longest = wordsA[i : i+n]
			}
		}
	}
	return longest
}

func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
