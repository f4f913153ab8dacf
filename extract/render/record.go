// Package render writes the skills of ads: as JSON lines and CSV for programs, and annotated for people at a terminal.
// It extracts nothing and opens no file. No control character of an ad reaches the terminal.
package render

import (
	"encoding/json"
	"fmt"
	"io"

	"skillspace/data/taxonomy"
	"skillspace/extract"
)

// Result is an ad with the skills found in it.
type Result struct {
	File   string // where the ad comes from
	Ad     string // its identifier
	Text   string // the ad itself, into which the sentences' offsets point
	Found  []extract.Found
	Skills []taxonomy.Skill // of the index, to which Found refers
}

// Writer writes one result after another.
type Writer interface {
	Write(Result) error
}

// Options choose the content of the records.
type Options struct {
	ByAd     bool               // a record is an ad with each of its skills once, else a sentence
	Filtered bool               // a filter scored the sentences
	Bytes    bool               // offsets count bytes of the ad's text in UTF-8, else Unicode code points
	Groups   [][]taxonomy.Group // the groups of each skill, for records by ad; nil: no groups are known
}

// Record is a sentence as programs read it. File and Ad are empty if the sentence is part of its ad's record.
type Record struct {
	File        string   `json:"file,omitempty" parquet:"file,dict"`
	Ad          string   `json:"ad,omitempty" parquet:"ad,dict"`
	Sentence    string   `json:"sentence" parquet:"sentence"`              // the ad's text from Start to End
	Clean       string   `json:"clean,omitempty" parquet:"clean,optional"` // what the model read, if it differs: without markup, on one line
	Start       int      `json:"start" parquet:"start"`                    // first code point in the ad's text; see Options.Bytes
	End         int      `json:"end" parquet:"end"`                        // the code point after the last
	Part        int      `json:"part,omitempty" parquet:"part"`            // number of the clause in a sentence that is too long for the model; 0: a whole sentence
	Cut         bool     `json:"cut,omitempty" parquet:"cut"`              // the end of this part is not the end of a clause, because there was no better place to cut
	Kept        bool     `json:"kept" parquet:"kept"`
	FilterScore *float32 `json:"filter_score,omitempty" parquet:"filter_score,optional"` // probability of naming a skill; absent without a filter
	Skills      []Skill  `json:"skills" parquet:"skills,list"`
}

// Skill is a skill of a sentence.
type Skill struct {
	URI   string  `json:"uri" parquet:"uri,dict"`
	Label string  `json:"label" parquet:"label,dict"`
	Score float32 `json:"score" parquet:"score"`                // -1 to 1
	Why   string  `json:"why,omitempty" parquet:"why,optional"` // label "SQL": the sentence contains this label of the skill
}

// Records returns the sentences of an ad.
func (o Options) Records(r Result) []Record {
	records := make([]Record, len(r.Found))
	place := o.places(r.Text)
	for i, f := range r.Found {
		record := Record{File: r.File, Ad: r.Ad, Sentence: f.Sentence.Text, Start: place(f.Sentence.Start), End: place(f.Sentence.End), Part: f.Sentence.Part, Cut: f.Sentence.Cut, Kept: f.Kept,
			Skills: make([]Skill, len(f.Skills))}
		record.Clean = cleanText(f)
		if o.Filtered {
			record.FilterScore = &r.Found[i].Probability
		}
		for k, match := range f.Skills {
			skill := r.Skills[match.Skill]
			record.Skills[k] = Skill{skill.URI, skill.PreferredLabel, match.Score, match.Why()}
		}
		records[i] = record
	}
	return records
}

// places returns a function that converts an offset in bytes into the unit of the results.
func (o Options) places(text string) func(offset int) int {
	if o.Bytes {
		return func(offset int) int { return offset }
	}
	points := &extract.CodePoints{Text: text}
	return points.At
}

// cleanText returns the text that the model read of a sentence, or "" if it equals the sentence's text.
func cleanText(f extract.Found) string {
	if f.Sentence.Clean == f.Sentence.Text {
		return ""
	}
	return f.Sentence.Clean
}

// JSONLines writes one line for each record.
type JSONLines struct {
	encoder *json.Encoder
	o       Options
}

// NewJSONLines returns a writer to w.
func NewJSONLines(w io.Writer, o Options) *JSONLines {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return &JSONLines{encoder, o}
}

// Write writes the ad, or its sentences.
func (j *JSONLines) Write(r Result) error {
	if j.o.ByAd {
		return j.encode(j.o.AdRecord(r))
	}
	for _, record := range j.o.Records(r) {
		if err := j.encode(record); err != nil {
			return err
		}
	}
	return nil
}

func (j *JSONLines) encode(record any) error {
	if err := j.encoder.Encode(record); err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	return nil
}
