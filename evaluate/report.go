package evaluate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
)

// Format is the format of a report.
type Format string

// The formats of a report: aligned text for a terminal, one JSON object, a Markdown table.
const (
	Table    Format = "table"
	JSON     Format = "json"
	Markdown Format = "markdown"
)

// ParseFormat reads "table", "json" or "markdown".
func ParseFormat(text string) (Format, error) {
	switch format := Format(text); format {
	case Table, JSON, Markdown:
		return format, nil
	}
	return "", fmt.Errorf("format %q: want %q, %q or %q", text, Table, JSON, Markdown)
}

// Write writes the report.
func (r *RankingReport) Write(w io.Writer, format Format) error {
	return writeReport(w, format, r, r.grids)
}

// Write writes the report.
func (r *BinaryReport) Write(w io.Writer, format Format) error {
	return writeReport(w, format, r, r.grids)
}

func writeReport(w io.Writer, format Format, report json.Marshaler, grids func() []grid) error {
	var out bytes.Buffer
	switch format {
	case JSON:
		encoder := json.NewEncoder(&out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(report); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	case Markdown:
		for i, g := range grids() {
			g.markdown(&out, i > 0)
		}
	case Table:
		for i, g := range grids() {
			g.table(&out, i > 0)
		}
	default:
		return fmt.Errorf("write report: unknown format %q", format)
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// grids returns the tables of the report: the systems, and their differences to the reference.
func (r *RankingReport) grids() []grid {
	main := grid{
		title:     fmt.Sprintf("%s: %s, %s level, %s skills", r.heading(), countOf(r.Queries, "query", "queries"), r.Level, thousands(r.Skills)),
		first:     "system",
		counts:    "queries",
		columns:   names(r.Columns),
		legend:    []string{"* best in its column"},
		intervals: intervalLegend(r.Bootstrap, "queries"),
	}
	for _, result := range r.Results {
		main.rows = append(main.rows, gridRow{name: result.System, count: r.Queries, cells: cells(r.Columns, result.Metrics)})
	}
	main.markBest()
	main.notes = r.Notes
	if len(r.Differences) == 0 {
		return []grid{main}
	}
	differences := grid{
		title:   fmt.Sprintf("difference to %s, paired over the queries", r.Reference),
		first:   "system",
		columns: names(r.Columns),
		signed:  true,
	}
	if r.Bootstrap.Resamples > 0 {
		differences.legend = []string{"* the interval excludes zero"}
	}
	for _, d := range r.Differences {
		row := gridRow{name: d.System, cells: cells(r.Columns, d.Metrics)}
		for _, cell := range row.cells {
			row.marked = append(row.marked, cell.Known() && (cell.Low > roundingError || cell.High < -roundingError))
		}
		differences.rows = append(differences.rows, row)
	}
	return []grid{main, differences}
}

func names(metrics []Metric) []string {
	list := make([]string, len(metrics))
	for i, m := range metrics {
		list[i] = m.String()
	}
	return list
}

// cells returns the intervals of the columns.
func cells(columns []Metric, intervals [metricCount]Interval) []Interval {
	list := make([]Interval, len(columns))
	for i, m := range columns {
		list[i] = intervals[m]
	}
	return list
}

// heading adds the format to the benchmark's name: many benchmarks are called "dev" or "test".
func (r *RankingReport) heading() string {
	if r.Format == "" {
		return r.Benchmark
	}
	return fmt.Sprintf("%s (%s)", r.Benchmark, r.Format)
}

func (r *BinaryReport) grids() []grid {
	g := grid{
		title:     fmt.Sprintf("%s: %s, %s of them name a skill", r.Benchmark, countOf(r.Sentences, "sentence", "sentences"), thousands(r.Positives)),
		first:     "filter",
		extra:     "threshold",
		columns:   binaryMetricNames[:],
		legend:    []string{"* best in its column"},
		intervals: intervalLegend(r.Bootstrap, "sentences"),
	}
	for _, result := range r.Results {
		g.rows = append(g.rows, gridRow{name: result.System, extra: fmt.Sprintf("%.4g", result.Threshold), cells: result.Metrics[:]})
	}
	g.markBest()
	return []grid{g}
}

func intervalLegend(b Bootstrap, over string) string {
	if b.Resamples <= 0 {
		return ""
	}
	return fmt.Sprintf("%.4g%% bootstrap interval over the %s (%s resamples, seed %d)", 100*b.Confidence, over, thousands(b.Resamples), b.Seed)
}

// MarshalJSON writes an object for each system, with its metrics by name.
func (r *RankingReport) MarshalJSON() ([]byte, error) {
	systems := make([]object, len(r.Results))
	for i, result := range r.Results {
		systems[i] = object{{"system", result.System}, {"queries", r.Queries}}
		for m, interval := range result.Metrics {
			systems[i] = append(systems[i], field{metricNames[m], interval})
		}
	}
	out := object{
		{"benchmark", r.Benchmark}, {"format", r.Format}, {"level", r.Level}, {"skills", r.Skills}, {"queries", r.Queries},
		{"bootstrap", r.Bootstrap.object()}, {"systems", systems},
	}
	if len(r.Differences) > 0 {
		out = append(out, field{"reference", r.Reference}, field{"differences", r.differences()})
	}
	if len(r.Notes) > 0 {
		out = append(out, field{"notes", r.Notes})
	}
	return out.MarshalJSON()
}

func (r *RankingReport) differences() []object {
	list := make([]object, len(r.Differences))
	for i, d := range r.Differences {
		list[i] = object{{"system", d.System}}
		for m, interval := range d.Metrics {
			cell := object{{"value", interval.Value}}
			if interval.Known() && !math.IsNaN(d.P[m]) {
				cell = append(cell, field{"low", interval.Low}, field{"high", interval.High}, field{"p", d.P[m]})
			}
			list[i] = append(list[i], field{metricNames[m], cell})
		}
	}
	return list
}

// MarshalJSON writes an object for each filter, with its metrics by name.
func (r *BinaryReport) MarshalJSON() ([]byte, error) {
	filters := make([]object, len(r.Results))
	for i, result := range r.Results {
		filters[i] = object{{"filter", result.System}, {"threshold", result.Threshold}}
		for m, interval := range result.Metrics {
			filters[i] = append(filters[i], field{binaryMetricNames[m], interval})
		}
		filters[i] = append(filters[i], field{"best_f1", result.BestF1})
	}
	return object{
		{"benchmark", r.Benchmark}, {"sentences", r.Sentences}, {"positives", r.Positives},
		{"bootstrap", r.Bootstrap.object()}, {"filters", filters},
	}.MarshalJSON()
}

func (b Bootstrap) object() object {
	return object{{"resamples", b.Resamples}, {"confidence", b.Confidence}, {"seed", b.Seed}}
}

// object is a JSON object whose fields keep their order: metrics are in the order of the columns.
type object []field

type field struct {
	name  string
	value any
}

// MarshalJSON writes the fields in order.
func (o object) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, f := range o {
		if i > 0 {
			out.WriteByte(',')
		}
		name, err := json.Marshal(f.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(f.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}
