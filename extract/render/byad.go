package render

import (
	"encoding/json"
	"io"

	"skillspace/extract"
)

// AdRecord is an ad as programs read it.
type AdRecord struct {
	File      string    `json:"file,omitempty" parquet:"file,dict"`
	Ad        string    `json:"ad" parquet:"ad"`
	Sentences int       `json:"sentences" parquet:"sentences"` // number of the ad's sentences
	Kept      int       `json:"kept" parquet:"kept"`           // number of sentences that the filter kept
	Skills    []AdSkill `json:"skills" parquet:"skills,list"`  // each once, best first
}

// AdSkill is a skill of an ad.
type AdSkill struct {
	URI      string    `json:"uri" parquet:"uri,dict"`
	Label    string    `json:"label" parquet:"label,dict"`
	Score    float32   `json:"score" parquet:"score"`            // the best of its sentences
	Groups   []Group   `json:"groups" parquet:"groups,list"`     // of Level 1 and below; empty if the taxonomy has none
	Mentions []Mention `json:"mentions" parquet:"mentions,list"` // the sentences that name it, in the order of the ad
}

// Group is a group of skills that a skill belongs to.
type Group struct {
	Level int    `json:"level" parquet:"level"`
	URI   string `json:"uri" parquet:"uri,dict"`
	Label string `json:"label" parquet:"label,dict"`
}

// Mention is a sentence that names a skill. Its fields are those of [Record].
type Mention struct {
	Sentence string  `json:"sentence" parquet:"sentence"`
	Clean    string  `json:"clean,omitempty" parquet:"clean,optional"`
	Start    int     `json:"start" parquet:"start"`
	End      int     `json:"end" parquet:"end"`
	Score    float32 `json:"score" parquet:"score"`
	Why      string  `json:"why,omitempty" parquet:"why,optional"`
}

// AdRecord returns an ad with each of its skills once.
func (o Options) AdRecord(r Result) AdRecord {
	skills := extract.ByAd(r.Found)
	record := AdRecord{File: r.File, Ad: r.Ad, Sentences: len(r.Found), Skills: make([]AdSkill, len(skills))}
	place := o.places(r.Text)
	places := make([][2]int, len(r.Found))
	for i, f := range r.Found {
		places[i] = [2]int{place(f.Sentence.Start), place(f.Sentence.End)}
		if f.Kept {
			record.Kept++
		}
	}
	for i, s := range skills {
		skill := r.Skills[s.Skill]
		found := AdSkill{URI: skill.URI, Label: skill.PreferredLabel, Score: s.Score, Groups: o.groups(s.Skill), Mentions: make([]Mention, len(s.Mentions))}
		for k, m := range s.Mentions {
			f := r.Found[m.Sentence]
			found.Mentions[k] = Mention{f.Sentence.Text, cleanText(f), places[m.Sentence][0], places[m.Sentence][1], m.Score, m.Why()}
		}
		record.Skills[i] = found
	}
	return record
}

// groups returns the groups of a skill, never nil.
func (o Options) groups(skill int) []Group {
	if o.Groups == nil {
		return []Group{}
	}
	groups := make([]Group, len(o.Groups[skill]))
	for i, g := range o.Groups[skill] {
		groups[i] = Group{g.Level, g.URI, g.Label}
	}
	return groups
}

// Pipe writes exactly one line for each ad: its skills, or the reason why it could not be read. The line has no
// File.
type Pipe struct{ JSONLines }

// NewPipe returns a writer to w.
func NewPipe(w io.Writer, o Options) *Pipe { return &Pipe{*NewJSONLines(w, o)} }

// Write writes the ad's line: an [AdRecord], or the ad's identifier with its sentences.
func (p *Pipe) Write(r Result) error {
	id := r.Ad
	r.File = ""
	if p.o.ByAd {
		return p.encode(p.o.AdRecord(r))
	}
	r.Ad = ""
	return p.encode(struct {
		Ad        string   `json:"ad"`
		Sentences []Record `json:"sentences"`
	}{id, p.o.Records(r)})
}

// Fail writes the line of an ad that could not be read.
func (p *Pipe) Fail(ad string, reason error) error {
	return p.encode(struct {
		Ad    string `json:"ad"`
		Error string `json:"error"`
	}{ad, reason.Error()})
}

// jsonText returns a value as JSON for a cell.
func jsonText(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // cannot happen: texts and finite numbers
	}
	return string(text)
}
