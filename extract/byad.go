package extract

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"skillspace/index"
)

// AdSkill is a skill of an ad, with all sentences that name it.
type AdSkill struct {
	Skill    int     // in the index's order
	Score    float32 // the best of its sentences
	Mentions []Mention
}

// Mention is a sentence that names a skill.
type Mention struct {
	Sentence int // place in the list of Found
	index.Match
}

// ByAd returns each skill of an ad once, the best score first. Mentions are in the order of the ad.
func ByAd(found []Found) []AdSkill {
	var skills []AdSkill
	at := map[int]int{} // skill -> place in skills
	for sentence, f := range found {
		for _, match := range f.Skills {
			i, known := at[match.Skill]
			if !known {
				i = len(skills)
				at[match.Skill] = i
				skills = append(skills, AdSkill{Skill: match.Skill, Score: match.Score})
			}
			s := &skills[i]
			s.Score = max(s.Score, match.Score)
			s.Mentions = append(s.Mentions, Mention{sentence, match})
		}
	}
	slices.SortFunc(skills, func(a, b AdSkill) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Skill, b.Skill))
	})
	return skills
}

// CodePoints converts offsets into a text from bytes to Unicode code points, the unit of Python's strings. Ascending
// offsets are counted once.
type CodePoints struct {
	Text          string
	bytes, points int // of the last offset
}

// At returns the number of code points before an offset in bytes.
func (c *CodePoints) At(offset int) int {
	if offset < c.bytes {
		c.bytes, c.points = 0, 0
	}
	c.points += utf8.RuneCountInString(c.Text[c.bytes:offset])
	c.bytes = offset
	return c.points
}
