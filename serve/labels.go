package serve

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"skillspace/data/taxonomy"
)

// labelIndex finds skills by a part of a label. It ignores case and diacritics.
type labelIndex struct {
	skills []taxonomy.Skill
	folded [][]string // for each skill, the folded preferred label and the folded alternative labels
}

func newLabelIndex(skills []taxonomy.Skill) *labelIndex {
	x := &labelIndex{skills: skills, folded: make([][]string, len(skills))}
	for i, s := range skills {
		x.folded[i] = append(x.folded[i], fold(s.PreferredLabel))
		for _, label := range s.AltLabels {
			x.folded[i] = append(x.folded[i], fold(label))
		}
	}
	return x
}

// fold removes case, diacritics and differences of width.
func fold(text string) string {
	decomposed := norm.NFKD.String(cases.Fold().String(text))
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, decomposed)
}

// The ways in which a label contains a query, best first.
const (
	whole = iota
	beginning
	wordBeginning
	inside
	nowhere
)

// fit returns how a label contains a query. Both are folded.
func fit(label, query string) int {
	at := strings.Index(label, query)
	switch {
	case at < 0:
		return nowhere
	case at == 0 && len(label) == len(query):
		return whole
	case at == 0:
		return beginning
	}
	for at >= 0 {
		if r, _ := utf8.DecodeLastRuneInString(label[:at]); !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return wordBeginning
		}
		next := strings.Index(label[at+1:], query)
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return inside
}

// search returns the skills with a label that contains the query. It orders them by fit, then preferred labels before alternative
// labels, then shorter labels before longer ones.
func (x *labelIndex) search(query string, limit int) []SkillHit {
	query = fold(query)
	type hit struct{ skill, label, fit int }
	var hits []hit
	for i, labels := range x.folded {
		best := hit{skill: i, fit: nowhere}
		for l, label := range labels {
			if f := fit(label, query); f < best.fit {
				best.label, best.fit = l, f
			}
		}
		if best.fit < nowhere {
			hits = append(hits, best)
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.fit, b.fit), cmp.Compare(min(a.label, 1), min(b.label, 1)),
			cmp.Compare(len(x.folded[a.skill][a.label]), len(x.folded[b.skill][b.label])))
	})
	found := make([]SkillHit, min(limit, len(hits)))
	for i := range found {
		skill := x.skills[hits[i].skill]
		found[i] = SkillHit{URI: skill.URI, Label: skill.PreferredLabel}
		if hits[i].label > 0 {
			found[i].Matched = skill.AltLabels[hits[i].label-1]
		}
	}
	return found
}
