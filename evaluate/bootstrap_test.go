package evaluate

import (
	"context"
	"errors"
	"math"
	"strconv"
	"testing"
)

func TestQuantileAgreesWithNumpy(t *testing.T) {
	var cases []struct {
		Values    []float64
		Quantiles map[string]float64
	}
	golden(t, "quantiles.json", &cases)
	for i, c := range cases {
		for text, want := range c.Quantiles {
			q, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			if got := quantile(c.Values, q); !near(got, want, 1e-9) {
				t.Errorf("case %d, quantile %s = %v, want %v", i, text, got, want)
			}
		}
	}
	if !math.IsNaN(quantile(nil, 0.5)) {
		t.Error("quantile of nothing: want NaN")
	}
}

// bernoulli returns n rows whose first metric is 1 for the first k.
func bernoulli(n, k int) []Values {
	rows := make([]Values, n)
	for i := range k {
		rows[i][MRR] = 1
	}
	return rows
}

// graded returns n rows whose first metric is 1/1, 1/2, 1/3, ...
func graded(n int) []Values {
	rows := make([]Values, n)
	for i := range rows {
		rows[i][MRR] = 1 / float64(1+i)
	}
	return rows
}

func TestBootstrapCoversTheNormalInterval(t *testing.T) {
	b, err := Bootstrap{Resamples: 4000}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	intervals, samples, err := b.means(context.Background(), bernoulli(400, 100))
	if err != nil {
		t.Fatal(err)
	}
	got := intervals[MRR]
	half := 1.96 * math.Sqrt(0.25*0.75/400) // of a share, by the central limit theorem
	if got.Value != 0.25 || !near(got.Low, 0.25-half, 0.006) || !near(got.High, 0.25+half, 0.006) {
		t.Errorf("interval %+v, want about 0.25 ± %.4f", got, half)
	}
	if len(samples[MRR]) != 4000 || intervals[RP5] != (Interval{}) {
		t.Errorf("%d samples, constant metric %+v", len(samples[MRR]), intervals[RP5])
	}
}

func TestBootstrapIsDeterministic(t *testing.T) {
	ctx := context.Background()
	run := func(seed uint64) [metricCount]Interval {
		b, err := Bootstrap{Seed: seed}.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		intervals, _, err := b.means(ctx, graded(75))
		if err != nil {
			t.Fatal(err)
		}
		return intervals
	}
	if first, second := run(5), run(5); first != second {
		t.Error("equal seeds gave different intervals")
	}
	if run(5) == run(6) {
		t.Error("different seeds gave equal intervals")
	}
	// A golden value: a refactoring must not move published intervals.
	if got := run(1)[MRR]; !near(got.Low, goldenLow, 1e-12) || !near(got.High, goldenHigh, 1e-12) {
		t.Errorf("seed 1: [%v, %v], want [%v, %v]", got.Low, got.High, goldenLow, goldenHigh)
	}
}

func TestBootstrapRefusesAndStops(t *testing.T) {
	for _, b := range []Bootstrap{{Confidence: 1}, {Confidence: -0.1}, {Confidence: math.NaN()}, {Resamples: maxResamples + 1}} {
		if _, err := b.withDefaults(); err == nil {
			t.Errorf("%+v: no error", b)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	b, _ := Bootstrap{}.withDefaults()
	if _, _, err := b.means(ctx, bernoulli(5, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	none, err := Bootstrap{Resamples: -1}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	if intervals, _, err := none.means(context.Background(), bernoulli(4, 1)); err != nil || intervals[MRR].Known() || intervals[MRR].Value != 0.25 {
		t.Errorf("without resamples: %+v, %v", intervals[MRR], err)
	}
}

func TestCompare(t *testing.T) {
	ctx := context.Background()
	reference := RankingResult{System: "low", PerQuery: bernoulli(100, 20)}
	better, err := Compare(ctx, RankingResult{System: "high", PerQuery: bernoulli(100, 60)}, reference, Bootstrap{})
	if err != nil {
		t.Fatal(err)
	}
	if d := better.Metrics[MRR]; !near(d.Value, 0.4, 1e-12) || d.Low < 0.28 || d.High > 0.52 || better.P[MRR] > 0.01 {
		t.Errorf("difference %+v, p %v", d, better.P[MRR])
	}
	same, err := Compare(ctx, reference, reference, Bootstrap{})
	if err != nil {
		t.Fatal(err)
	}
	if d := same.Metrics[MRR]; d != (Interval{}) || same.P[MRR] != 1 {
		t.Errorf("difference to itself %+v, p %v", d, same.P[MRR])
	}
	if _, err := Compare(ctx, RankingResult{}, reference, Bootstrap{}); err == nil {
		t.Error("different numbers of queries: no error")
	}
}

func TestPValue(t *testing.T) {
	if got, want := pValue([]float64{-1, 1, 2, 3, 4, 5, 6, 7, 8}), 2*2.0/10; !near(got, want, 1e-12) {
		t.Errorf("p = %v, want %v", got, want)
	}
	if !math.IsNaN(pValue(nil)) {
		t.Error("p of no samples: want NaN")
	}
}

const goldenLow, goldenHigh = 0.04099810974302055, 0.09929491026898189
