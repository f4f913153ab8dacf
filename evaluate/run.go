package evaluate

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

// RunOptions say how [RunRanking], [RunExtraction] and [RunBinary] measure. The zero value is right for a report.
type RunOptions struct {
	Bootstrap Bootstrap
	ChunkSize int                                  // number of texts scored at once, which bounds the memory for scores; 0 means 256
	Reference string                               // name of the system that the others are compared with; RunRanking only
	Progress  func(system string, done, total int) // called after every chunk with the number of texts scored
	Columns   []Metric                             // of the tables; nil means DefaultColumns. RunRanking only
	// Ranked, which may be nil, is called with the scores of each query, one per skill. They are only valid during the call.
	// RunRanking only.
	Ranked func(system string, query int, scoresS []float32) error
}

const (
	defaultChunk = 256
	maxChunk     = 1 << 16
	lowestScore  = -math.MaxFloat32 // only -Inf, "not proposed", is below it
)

// RankingResult is one system's row.
type RankingResult struct {
	System   string
	Metrics  [metricCount]Interval
	PerQuery []Values // in the order of the benchmark's queries
}

// Difference compares a system with the report's reference by a paired bootstrap over the queries. An interval without
// zero means that the two differ on queries like these.
type Difference struct {
	System  string
	Metrics [metricCount]Interval // the system's mean minus the reference's
	P       [metricCount]float64  // two-sided bootstrap p-value, NaN without resamples
}

// RankingReport is the result of [RunRanking].
type RankingReport struct {
	Benchmark   string
	Format      string // of the benchmark file
	Level       Level
	Skills      int // skills that were ranked
	Queries     int
	Bootstrap   Bootstrap
	Results     []RankingResult
	Reference   string
	Differences []Difference
	Columns     []Metric // of the tables
	Notes       []string // what is left out of the benchmark
}

// RunRanking ranks all skills for every query with each system and measures the rankings. At ad level a skill's score
// is its best over the ad's sentences. A system's error, a row of the wrong size and a NaN are errors. RunRanking stops
// between chunks when ctx is cancelled.
func RunRanking(ctx context.Context, systems []System, b *Benchmark, opts RunOptions) (*RankingReport, error) {
	bootstrap, err := opts.Bootstrap.withDefaults()
	if err != nil {
		return nil, err
	}
	opts.Bootstrap = bootstrap
	if opts.ChunkSize == 0 {
		opts.ChunkSize = defaultChunk
	}
	if opts.ChunkSize < 1 || opts.ChunkSize > maxChunk {
		return nil, fmt.Errorf("evaluate: chunk of %d texts: want 1 to %d", opts.ChunkSize, maxChunk)
	}
	if err := checkRun(systems, b, opts.Reference); err != nil {
		return nil, err
	}
	report := &RankingReport{
		Benchmark: b.Name, Format: b.Format, Level: b.Level, Skills: b.Skills, Queries: len(b.Queries),
		Bootstrap: bootstrap, Reference: opts.Reference, Columns: opts.Columns, Notes: b.Notes(),
	}
	if report.Columns == nil {
		report.Columns = DefaultColumns
	}
	for _, system := range systems {
		result, err := runSystem(ctx, system, b, opts)
		if err != nil {
			return nil, fmt.Errorf("evaluate %s on %s: %w", system.Name(), b.Name, err)
		}
		report.Results = append(report.Results, result)
	}
	return report, report.compare(ctx)
}

func checkRun(systems []System, b *Benchmark, reference string) error {
	if len(systems) == 0 || len(b.Queries) == 0 {
		return fmt.Errorf("evaluate %s: %d systems and %d queries: want at least one of each", b.Name, len(systems), len(b.Queries))
	}
	names := map[string]bool{}
	for _, s := range systems {
		if names[s.Name()] {
			return fmt.Errorf("evaluate %s: two systems are named %q", b.Name, s.Name())
		}
		names[s.Name()] = true
	}
	if reference != "" && !names[reference] {
		return fmt.Errorf("evaluate %s: no system is named %q, the reference", b.Name, reference)
	}
	for _, q := range b.Queries {
		if len(q.Gold) == 0 {
			return fmt.Errorf("evaluate %s: query %s has no gold skill", b.Name, q.ID)
		}
		if slices.Min(q.Gold) < 0 || slices.Max(q.Gold) >= b.Skills {
			return fmt.Errorf("evaluate %s: query %s: a gold skill lies outside the taxonomy's %d skills", b.Name, q.ID, b.Skills)
		}
	}
	return nil
}

func runSystem(ctx context.Context, system System, b *Benchmark, opts RunOptions) (RankingResult, error) {
	result := RankingResult{System: system.Name()}
	var progress func(done, total int)
	if opts.Progress != nil {
		progress = func(done, total int) { opts.Progress(result.System, done, total) }
	}
	var failed error // of Ranked
	err := scoreQueries(ctx, system, b, opts.ChunkSize, progress, func(query int, scoresS []float32) {
		q := b.Queries[query]
		result.PerQuery = append(result.PerQuery, MeasureGraded(Rank(scoresS, q.Gold), q.Grades))
		if opts.Ranked != nil && failed == nil {
			failed = opts.Ranked(result.System, query, scoresS)
		}
	})
	if err = cmp.Or(err, failed); err != nil {
		return result, err
	}
	result.Metrics, _, err = opts.Bootstrap.means(ctx, result.PerQuery)
	return result, err
}

// compare estimates each system's difference to the reference.
func (r *RankingReport) compare(ctx context.Context) error {
	at := slices.IndexFunc(r.Results, func(result RankingResult) bool { return result.System == r.Reference })
	if r.Reference == "" || at < 0 {
		return nil
	}
	for i, result := range r.Results {
		if i == at {
			continue
		}
		difference, err := Compare(ctx, result, r.Results[at], r.Bootstrap)
		if err != nil {
			return fmt.Errorf("compare %s with %s: %w", result.System, r.Reference, err)
		}
		r.Differences = append(r.Differences, difference)
	}
	return nil
}

// Compare estimates the difference of a result to a reference on the same queries, by a paired bootstrap.
func Compare(ctx context.Context, result, reference RankingResult, bootstrap Bootstrap) (Difference, error) {
	difference := Difference{System: result.System}
	bootstrap, err := bootstrap.withDefaults()
	if err != nil {
		return difference, err
	}
	if len(result.PerQuery) != len(reference.PerQuery) {
		return difference, fmt.Errorf("%d queries against %d: want the same queries", len(result.PerQuery), len(reference.PerQuery))
	}
	rows := make([]Values, len(result.PerQuery))
	for i := range rows {
		for m := range rows[i] {
			rows[i][m] = result.PerQuery[i][m] - reference.PerQuery[i][m]
		}
	}
	intervals, samples, err := bootstrap.means(ctx, rows)
	if err != nil {
		return difference, err
	}
	difference.Metrics = intervals
	for m := range samples {
		difference.P[m] = pValue(samples[m])
	}
	return difference, nil
}
