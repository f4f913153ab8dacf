package serve

import (
	"encoding/json"
	"maps"
	"slices"

	"skillspace/data/taxonomy"
	"skillspace/extract"
)

// AdSkill is a skill of an ad.
type AdSkill struct {
	URI      string    `json:"uri"`
	Label    string    `json:"label"`
	Score    float32   `json:"score"`    // the best of its sentences
	Groups   []Group   `json:"groups"`   // of Level 1 and below; empty if the server knows none
	Mentions []Mention `json:"mentions"` // the sentences that name the skill, in the order of the ad
}

// Mention is a sentence that names a skill.
type Mention struct {
	Text  string  `json:"text"`            // the ad's text from Start to End
	Clean string  `json:"clean,omitempty"` // what the model read, where it differs
	Start int     `json:"start"`           // the first code point in the ad's text
	End   int     `json:"end"`             // the code point after the last
	Score float32 `json:"score"`
	Why   string  `json:"why,omitempty"`
}

// Group is a group that a skill belongs to.
type Group struct {
	Level int    `json:"level"`
	URI   string `json:"uri"`
	Label string `json:"label"`
}

// SkillGroups are the groups of one skill.
type SkillGroups struct {
	URI    string  `json:"uri"`
	Groups []Group `json:"groups"`
}

// byAd reports whether the request asks for each skill of an ad once.
func (r *ExtractRequest) byAd() (bool, error) {
	switch {
	case r.Level == nil || *r.Level == "sentence":
		return false, nil
	case *r.Level == "ad":
		return true, nil
	}
	return false, invalid("level", `is %q; want "sentence" or "ad"`, *r.Level)
}

// sizes are the parts of the estimate of a response.
type sizes struct {
	skill int64 // bytes of a skill of a sentence
	byAd  bool
}

func (s *service) sizes(byAd, groups bool) sizes {
	size := sizes{skill: int64(s.skillBytes), byAd: byAd}
	if byAd || groups {
		size.skill += int64(s.groupBytes)
	}
	if byAd {
		size.skill += mentionBytes
	}
	return size
}

// response returns an upper estimate of the bytes of an ad's result.
func (z sizes) response(prepared *extract.Ad, text, id string, topK int) int64 {
	texts := escapedByte * int64(len(text)+prepared.CleanBytes())
	return int64(len(prepared.Sentences))*(sentenceBytes+int64(topK)*z.skill) + texts*z.texts(topK) + escapedByte*int64(len(id))
}

// texts returns how often the text of a sentence can be in the response: with level "ad", once for each of its skills.
func (z sizes) texts(topK int) int64 {
	if z.byAd {
		return int64(topK)
	}
	return 1
}

// matchMemory returns the memory of a skill of a sentence.
func (z sizes) matchMemory() int64 {
	if z.byAd {
		return matchMemory + mentionMemory
	}
	return matchMemory
}

// writeSkills writes the skills of an ad.
func (a *extractAnswer) writeSkills(s *stream, ad int) {
	found := a.found[ad]
	points := extract.CodePoints{Text: *a.ads[ad].Text}
	places := make([][2]int, len(found))
	kept := 0
	for i, f := range found {
		places[i] = [2]int{points.At(f.Sentence.Start), points.At(f.Sentence.End)}
		if f.Kept {
			kept++
		}
	}
	skills := extract.ByAd(found)
	s.raw(`"sentence_count":`)
	s.value(len(found))
	s.raw(`,"kept_count":`)
	s.value(kept)
	s.raw(`,"skills":`)
	s.list(len(skills), func(i int) {
		skill := a.service.extractor.Index.Skills[skills[i].Skill]
		result := AdSkill{URI: skill.URI, Label: skill.PreferredLabel, Score: skills[i].Score, Groups: a.service.groupsOf(skills[i].Skill)}
		for _, m := range skills[i].Mentions {
			f := found[m.Sentence]
			mention := Mention{Text: f.Sentence.Text, Start: places[m.Sentence][0], End: places[m.Sentence][1], Score: m.Score, Why: m.Why()}
			if f.Sentence.Clean != f.Sentence.Text {
				mention.Clean = f.Sentence.Clean
			}
			result.Mentions = append(result.Mentions, mention)
		}
		s.value(result)
	})
}

// writeGroups writes the groups of each skill of the answer, in the taxonomy's order.
func (a *extractAnswer) writeGroups(s *stream) {
	named := map[int]bool{}
	for _, ad := range a.found {
		for _, f := range ad {
			for _, match := range f.Skills {
				named[match.Skill] = true
			}
		}
	}
	skills := slices.Sorted(maps.Keys(named))
	s.raw(`,"groups":`)
	s.list(len(skills), func(i int) {
		s.value(SkillGroups{a.service.extractor.Index.Skills[skills[i]].URI, a.service.groupsOf(skills[i])})
	})
}

// groupsOf returns the groups of a skill, never nil.
func (s *service) groupsOf(skill int) []Group {
	if s.groups == nil {
		return []Group{}
	}
	groups := make([]Group, len(s.groups[skill]))
	for i, g := range s.groups[skill] {
		groups[i] = Group{g.Level, g.URI, g.Label}
	}
	return groups
}

// maxGroupBytes returns the size of the largest [SkillGroups] in JSON.
func maxGroupBytes(skills []taxonomy.Skill, groups [][]taxonomy.Group) int {
	largest := 0
	s := service{groups: groups}
	for i, skill := range skills {
		text, err := json.Marshal(SkillGroups{skill.URI, s.groupsOf(i)})
		if err != nil {
			panic(err) // cannot happen: strings and numbers
		}
		largest = max(largest, len(text)+1) // and a comma
	}
	return largest
}
