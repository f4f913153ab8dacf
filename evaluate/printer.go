package evaluate

import (
	"encoding/json"
	"fmt"
	"io"
)

// Printer writes several reports as one text. It writes tables as they come and JSON as one object at the end.
type Printer struct {
	w       io.Writer
	format  Format
	written int
	json    struct {
		Benchmarks  []*RankingReport    `json:"benchmarks,omitempty"`
		Extractions []*ExtractionReport `json:"extractions,omitempty"`
		Filters     []*BinaryReport     `json:"filters,omitempty"`
	}
}

// NewPrinter returns a printer that writes to w.
func NewPrinter(w io.Writer, format Format) *Printer { return &Printer{w: w, format: format} }

// Add writes a report of rankings.
func (p *Printer) Add(r *RankingReport) error {
	p.json.Benchmarks = append(p.json.Benchmarks, r)
	return p.write(r.Write)
}

// AddExtraction writes a report of the skills reported for ads.
func (p *Printer) AddExtraction(r *ExtractionReport) error {
	p.json.Extractions = append(p.json.Extractions, r)
	return p.write(r.Write)
}

// AddBinary writes a report of filters.
func (p *Printer) AddBinary(r *BinaryReport) error {
	p.json.Filters = append(p.json.Filters, r)
	return p.write(r.Write)
}

func (p *Printer) write(report func(io.Writer, Format) error) error {
	if p.format == JSON {
		return nil
	}
	if p.written++; p.written > 1 {
		if _, err := io.WriteString(p.w, "\n"); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	return report(p.w, p.format)
}

// Close writes the JSON object {"benchmarks": [...], "extractions": [...], "filters": [...]}. It writes nothing in the
// other formats.
func (p *Printer) Close() error {
	if p.format != JSON {
		return nil
	}
	encoder := json.NewEncoder(p.w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(p.json); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
