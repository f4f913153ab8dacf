package main

import (
	"context"
	"slices"
	"time"
)

// Result is the JSON that a run leaves.
type Result struct {
	Date     time.Time         `json:"date"`
	Seconds  float64           `json:"seconds"`
	Machine  Machine           `json:"machine"`
	Versions map[string]string `json:"versions"`
	Settings Settings          `json:"settings"`
	Data     Data              `json:"data"`

	Operation *Comparison `json:"operation,omitempty"`
	Training  *Comparison `json:"training,omitempty"`
	Encoding  *Comparison `json:"encoding,omitempty"`
	Serving   *Serving    `json:"serving,omitempty"`
	Growth    []Growth    `json:"growth,omitempty"`
}

// Settings are what the run was asked for and what the workers found.
type Settings struct {
	Rounds     int            `json:"rounds"`
	Steps      int            `json:"timed_steps"`
	WarmUp     int            `json:"warm_up_steps"`
	Batch      int            `json:"batch"`
	MaxLength  int            `json:"max_length"`
	Threads    int            `json:"threads"`
	Seed       uint64         `json:"seed"`
	WaitPolicy string         `json:"omp_wait_policy"`
	BF16       bool           `json:"bf16_native"`
	Batches    map[string]int `json:"tuned_batches"` // of the encoding peers
	Peers      map[string]any `json:"peers"`         // as the last worker reported them
}

// Data says what everything was measured on.
type Data struct {
	Pairs     Dataset `json:"pairs"`
	Sentences Dataset `json:"sentences"`
	Ads       Dataset `json:"ads"`

	TokensAPair float64 `json:"tokens_a_pair,omitempty"`
	TokenShare  float64 `json:"token_share_of_random_batches,omitempty"` // the rest is padding

	AdCharacters float64 `json:"characters_an_ad,omitempty"`
}

// Dataset identifies a file that was written for the run.
type Dataset struct {
	Source string `json:"source"`
	Count  int    `json:"count"`
	SHA256 string `json:"sha256"`
}

// Comparison is a task's outcome.
type Comparison struct {
	Title     string      `json:"title"`
	Rows      []Measured  `json:"rows"`
	Ratios    []Ratio     `json:"ratios"`
	Agreement []Agreement `json:"agreement,omitempty"`
}

// Ratio is a figure that is derived round by round, from two sides as a rule, and what it should reach.
type Ratio struct {
	What   string  `json:"what"`
	Of     string  `json:"of"`
	To     string  `json:"to"`
	Wanted float64 `json:"wanted,omitempty"` // 0: only told
	AtMost bool    `json:"at_most,omitempty"`
	Spread
}

// reached reports whether the median is what is wanted.
func (r Ratio) reached() bool {
	if r.AtMost {
		return r.Median <= r.Wanted
	}
	return r.Median >= r.Wanted
}

// speed is how many times as fast a side is as another.
func speed(rows []Measured, of, to string, wanted float64) Ratio {
	return Ratio{What: "speed", Of: of, To: to, Wanted: wanted, Spread: paired(find(rows, of).Rate.Values, find(rows, to).Rate.Values)}
}

// duration is how many times another side's time a side takes, where a row's rate is a time.
func duration(rows []Measured, of, to string) Ratio {
	r := speed(rows, of, to, 0)
	r.What = "time"
	return r
}

// memory is how many times another side's memory a side needs.
func memory(rows []Measured, of, to string, atMost float64) Ratio {
	return Ratio{What: "peak memory", Of: of, To: to, Wanted: atMost, AtMost: true,
		Spread: paired(find(rows, of).Peak.Values, find(rows, to).Peak.Values)}
}

func newResult(ctx context.Context, o *options, bf16 bool) *Result {
	return &Result{
		Date: time.Now(), Machine: thisMachine(), Versions: ownVersions(ctx),
		Settings: Settings{Rounds: o.Rounds, Steps: o.Steps, WarmUp: o.WarmUp, Batch: o.Batch, MaxLength: o.MaxLength, Threads: o.threads(),
			Seed: o.Seed, WaitPolicy: o.WaitPolicy, BF16: bf16, Batches: map[string]int{}},
	}
}

// Spread summarises several measurements of the same quantity.
type Spread struct {
	Median float64   `json:"median"`
	Min    float64   `json:"min"`
	Max    float64   `json:"max"`
	Values []float64 `json:"values"` // round by round
}

// spread summarises values. There must be at least one.
func spread(values []float64) Spread {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	median := sorted[middle]
	if len(sorted)%2 == 0 {
		median = (sorted[middle-1] + sorted[middle]) / 2
	}
	return Spread{Median: median, Min: sorted[0], Max: sorted[len(sorted)-1], Values: values}
}

// paired returns the spread of a's values divided by b's of the same round. A slow round slows both sides.
func paired(a, b []float64) Spread {
	ratios := make([]float64, len(a))
	for i := range a {
		ratios[i] = a[i] / b[i]
	}
	return spread(ratios)
}
