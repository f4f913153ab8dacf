package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"

	"skillspace/internal/atomicfile"
)

// metrics are the columns of the detailed tables, as evaluate names them. The first one is the headline.
var metrics = []string{"rp@5", "mrr", "rp@1", "rp@10", "ndcg@10", "map", "f1@5"}

// value is a metric of one system: its mean over the queries with a 95% bootstrap interval over them.
type value struct {
	Value float64  `json:"value"`
	Low   *float64 `json:"low,omitempty"`
	High  *float64 `json:"high,omitempty"`
}

// Results are the values of an experiment.
type Results struct {
	Experiment string    `json:"experiment"`
	Shown      string    `json:"shown"`
	Seeds      []int     `json:"seeds"`
	LeftOut    []string  `json:"left_out,omitempty"`
	Benchmarks []string  `json:"benchmarks"` // name and level
	Queries    []int     `json:"queries"`    // of each benchmark
	Rows       []*Result `json:"rows"`
}

// Result is a row: its values on each benchmark, one for each seed. A baseline has one.
type Result struct {
	Group  string                        `json:"group"`
	Name   string                        `json:"name"`
	Values map[string]map[string][]value `json:"values"` // benchmark -> metric -> by seed
}

// report is what evaluate --format json writes.
type report struct {
	Benchmarks []struct {
		Benchmark string
		Level     string
		Queries   int
		Systems   []map[string]json.RawMessage
	}
}

// readResults reads the reports of the finished evaluations.
func readResults(e Experiment, steps []Step) (*Results, error) {
	r := &Results{Experiment: e.Name, Shown: e.Shown, Seeds: e.Seeds, LeftOut: e.leftOut()}
	for _, s := range steps {
		if s.Kind != "evaluate" {
			continue
		}
		if err := r.read(s); err != nil {
			return nil, fmt.Errorf("%s: %w", s.Stdout, err)
		}
	}
	r.order(e)
	return r, nil
}

func (r *Results) read(s Step) error {
	data, err := os.ReadFile(s.Stdout)
	if err != nil {
		return err
	}
	var parsed report
	if err := json.Unmarshal(data, &parsed); err != nil {
		return err
	}
	for _, b := range parsed.Benchmarks {
		name := b.Benchmark + ", by " + b.Level
		if !slices.Contains(r.Benchmarks, name) {
			r.Benchmarks, r.Queries = append(r.Benchmarks, name), append(r.Queries, b.Queries)
		}
		systems := map[string]map[string]json.RawMessage{}
		for _, system := range b.Systems {
			var title string
			if err := json.Unmarshal(system["system"], &title); err != nil {
				return err
			}
			systems[title] = system
		}
		for _, m := range s.measures {
			system, ok := systems[m.system]
			if !ok {
				return fmt.Errorf("benchmark %s has no system %q", b.Benchmark, m.system)
			}
			if err := r.row(m.group, m.name).add(name, system); err != nil {
				return err
			}
		}
	}
	return nil
}

// row returns a row, which is new if it is not there yet.
func (r *Results) row(group, name string) *Result {
	for _, row := range r.Rows {
		if row.Group == group && row.Name == name {
			return row
		}
	}
	row := &Result{Group: group, Name: name, Values: map[string]map[string][]value{}}
	r.Rows = append(r.Rows, row)
	return row
}

func (r *Result) add(benchmark string, system map[string]json.RawMessage) error {
	if r.Values[benchmark] == nil {
		r.Values[benchmark] = map[string][]value{}
	}
	for _, metric := range metrics {
		var v value
		if err := json.Unmarshal(system[metric], &v); err != nil {
			return fmt.Errorf("metric %s of %s: %w", metric, benchmark, err)
		}
		r.Values[benchmark][metric] = append(r.Values[benchmark][metric], v)
	}
	return nil
}

// order puts the rows into the order of the experiment, baselines first.
func (r *Results) order(e Experiment) {
	place := map[string]int{baselineGroup: 0}
	for _, row := range e.Rows {
		if _, known := place[row.Group]; !known {
			place[row.Group] = len(place)
		}
	}
	slices.SortStableFunc(r.Rows, func(a, b *Result) int { return place[a.Group] - place[b.Group] })
}

// mean returns the mean over the seeds and the largest distance of a seed from it.
func (r *Result) mean(benchmark, metric string) (mean, spread float64) {
	values := r.Values[benchmark][metric]
	if len(values) == 0 {
		return math.NaN(), math.NaN()
	}
	for _, v := range values {
		mean += v.Value / float64(len(values))
	}
	for _, v := range values {
		spread = max(spread, math.Abs(v.Value-mean))
	}
	return mean, spread
}

// halfInterval returns half the width of the bootstrap interval over the queries, as a mean over all rows.
func (r *Results) halfInterval(benchmark, metric string) float64 {
	var sum, n float64
	for _, row := range r.Rows {
		for _, v := range row.Values[benchmark][metric] {
			if v.Low != nil && v.High != nil {
				sum += (*v.High - *v.Low) / 2
				n++
			}
		}
	}
	return sum / n
}

// sentenceBenchmarks are those of the mean: an ad is not one more set of sentences.
func (r *Results) sentenceBenchmarks() []string {
	return slices.DeleteFunc(slices.Clone(r.Benchmarks), func(name string) bool { return !isSentenceLevel(name) })
}

func isSentenceLevel(benchmark string) bool {
	const suffix = ", by sentence"
	return len(benchmark) > len(suffix) && benchmark[len(benchmark)-len(suffix):] == suffix
}

// overall returns the mean of a row's headline over the sentence benchmarks.
func (r *Results) overall(row *Result) float64 {
	var sum float64
	names := r.sentenceBenchmarks()
	for _, name := range names {
		mean, _ := row.mean(name, metrics[0])
		sum += mean / float64(len(names))
	}
	return sum
}

// groups returns the groups of the rows in their order.
func (r *Results) groups() []string {
	var names []string
	for _, row := range r.Rows {
		if !slices.Contains(names, row.Group) {
			names = append(names, row.Group)
		}
	}
	return names
}

func (r *Results) of(group string) []*Result {
	return slices.DeleteFunc(slices.Clone(r.Rows), func(row *Result) bool { return row.Group != group })
}

// write writes RESULTS.md, results.html and results.json.
func (r *Results) write(folder string) error {
	files := map[string]func(io.Writer) error{
		"RESULTS.md":   func(w io.Writer) error { _, err := io.WriteString(w, r.markdown()); return err },
		"results.html": r.page,
		"results.json": func(w io.Writer) error {
			encoder := json.NewEncoder(w)
			encoder.SetIndent("", "  ")
			return encoder.Encode(r)
		},
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := atomicfile.Write(filepath.Join(folder, name), files[name]); err != nil {
			return err
		}
	}
	return nil
}
