// Package render writes the skills of ads: as JSON lines for programs, and annotated for people at a terminal.
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
	Found  []extract.Found
	Skills []taxonomy.Skill // of the index, to which Found refers
}

// Writer writes one result after another.
type Writer interface {
	Write(Result) error
}

// Record is a sentence as programs read it.
type Record struct {
	File        string   `json:"file" parquet:"file,dict"`
	Ad          string   `json:"ad" parquet:"ad,dict"`
	Sentence    string   `json:"sentence" parquet:"sentence"`              // the ad's text from Start to End
	Clean       string   `json:"clean,omitempty" parquet:"clean,optional"` // what the model read, where it differs: without markup, on one line
	Start       int      `json:"start" parquet:"start"`                    // first byte in the ad's text
	End         int      `json:"end" parquet:"end"`                        // the byte after the last
	Part        int      `json:"part,omitempty" parquet:"part"`            // number of the clause in a sentence that is too long for the model; 0: a whole sentence
	Cut         bool     `json:"cut,omitempty" parquet:"cut"`              // the clause ends inside of another: there was nothing better to cut at
	Kept        bool     `json:"kept" parquet:"kept"`
	FilterScore *float32 `json:"filter_score,omitempty" parquet:"filter_score,optional"` // probability of naming a skill; absent without a filter
	Skills      []Skill  `json:"skills" parquet:"skills,list"`
}

// Skill is a skill of a sentence.
type Skill struct {
	URI   string  `json:"uri" parquet:"uri,dict"`
	Label string  `json:"label" parquet:"label,dict"`
	Score float32 `json:"score" parquet:"score"`                // -1 to 1
	Why   string  `json:"why,omitempty" parquet:"why,optional"` // label "SQL": a label of the skill stands in the sentence
}

// Records returns the sentences of an ad. filtered says whether a filter scored them.
func (r Result) Records(filtered bool) []Record {
	records := make([]Record, len(r.Found))
	for i, f := range r.Found {
		record := Record{File: r.File, Ad: r.Ad, Sentence: f.Sentence.Text, Start: f.Sentence.Start, End: f.Sentence.End, Part: f.Sentence.Part, Cut: f.Sentence.Cut, Kept: f.Kept,
			Skills: make([]Skill, len(f.Skills))}
		if f.Sentence.Clean != f.Sentence.Text {
			record.Clean = f.Sentence.Clean
		}
		if filtered {
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

// JSONLines writes one line for each sentence.
type JSONLines struct {
	encoder  *json.Encoder
	filtered bool
}

// NewJSONLines returns a writer to w. filtered says whether a filter scored the sentences.
func NewJSONLines(w io.Writer, filtered bool) *JSONLines {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return &JSONLines{encoder, filtered}
}

// Write writes the sentences of an ad.
func (j *JSONLines) Write(r Result) error {
	for _, record := range r.Records(j.filtered) {
		if err := j.encoder.Encode(record); err != nil {
			return fmt.Errorf("write results: %w", err)
		}
	}
	return nil
}
