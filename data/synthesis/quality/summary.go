package quality

import (
	"encoding/json"
	"fmt"
	"math"
)

// Measurements holds the measures of one corpus.
type Measurements struct {
	Corpus    *Corpus
	Measures  []Measure
	Reference *Reference // real text to compare fluency with; nil without
	Facts     []Fact     // encoder and language model of the measurement
	Seed      uint64
}

// Fact is one detail that a reader needs to repeat a measurement.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Reference is real text that the same model scored.
type Reference struct {
	Name       string
	Perplexity Measure
}

// Measured is a measure in a report.
type Measured struct {
	Name  string   `json:"name"`
	Title string   `json:"title"`
	Note  string   `json:"note"`
	Value *float64 `json:"value"` // null if there is nothing to measure
	Low   *float64 `json:"low,omitempty"`
	High  *float64 `json:"high,omitempty"`
	Units int      `json:"units"` // sentences, or blocks of them, under the interval
}

func measured(m Measure, e Estimate) Measured {
	return Measured{m.Name, m.Title, m.Note, finite(e.Value), finite(e.Low), finite(e.High), e.Units}
}

func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// Summary is the machine-readable report, the key "quality" of a corpus's report.
type Summary struct {
	Corpus    string     `json:"corpus"`
	Language  string     `json:"language"`
	Sampled   int        `json:"sampled"` // sentences measured
	Seed      uint64     `json:"seed"`
	Measures  []Measured `json:"measures"`
	Reference []Measured `json:"reference,omitempty"` // of the real text for comparison
	Facts     []Fact     `json:"facts,omitempty"`
	Near      int        `json:"near_duplicates"` // sentences of the corpus that nearly repeat an earlier one
	Unknown   int        `json:"unknown_skills,omitempty"`
	Rejected  int        `json:"rejected_rows,omitempty"`
}

// Summary estimates every measure.
func (r *Measurements) Summary() *Summary {
	s := &Summary{Corpus: r.Corpus.Path, Language: r.Corpus.Language, Sampled: len(r.Corpus.Sentences), Seed: r.Seed, Facts: r.Facts, Near: r.Corpus.Near, Unknown: r.Corpus.Unknown}
	if r.Corpus.Rejects != nil {
		s.Rejected = r.Corpus.Rejects.Rows
	}
	for _, m := range r.Measures {
		s.Measures = append(s.Measures, measured(m, m.Estimate(r.Seed)))
	}
	if r.Reference != nil {
		m := r.Reference.Perplexity
		m.Title = r.Reference.Name
		s.Reference = []Measured{measured(m, m.Estimate(r.Seed))}
	}
	return s
}

// Joined adds the summary as "quality" to the writer's report. Without a report it adds it to the corpus's
// statistics.
func (r *Measurements) Joined(s *Summary, writers []byte) (map[string]json.RawMessage, error) {
	joined := map[string]json.RawMessage{}
	if len(writers) > 0 {
		if err := json.Unmarshal(writers, &joined); err != nil {
			return nil, fmt.Errorf("the report that is there: %w", err)
		}
	} else {
		count, err := json.Marshal(r.Corpus.Statistics)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(count, &joined); err != nil {
			return nil, err
		}
	}
	text, err := json.Marshal(s)
	joined["quality"] = text
	return joined, err
}
