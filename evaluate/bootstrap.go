package evaluate

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Bootstrap configures the percentile bootstrap over the queries (Efron 1979) that estimates intervals. The zero value
// means 1,000 resamples, 95% and seed 1. Systems that are measured with the same Bootstrap on the same queries get the
// same resamples.
type Bootstrap struct {
	Resamples  int     // 0 means 1,000; negative means no intervals
	Confidence float64 // share of the resamples inside the interval, 0 means 0.95
	Seed       uint64  // 0 means 1
}

const (
	defaultResamples = 1000
	maxResamples     = 1_000_000
)

func (b Bootstrap) withDefaults() (Bootstrap, error) {
	if b.Resamples == 0 {
		b.Resamples = defaultResamples
	}
	b.Resamples = max(b.Resamples, 0)
	if b.Confidence == 0 {
		b.Confidence = 0.95
	}
	if b.Seed == 0 {
		b.Seed = 1
	}
	if !(b.Confidence > 0 && b.Confidence < 1) {
		return b, fmt.Errorf("bootstrap confidence %v: want a share between 0 and 1", b.Confidence)
	}
	if b.Resamples > maxResamples {
		return b, fmt.Errorf("bootstrap resamples %d: at most %d", b.Resamples, maxResamples)
	}
	return b, nil
}

// Interval is an estimate with the ends of its bootstrap interval. Low and High are NaN where no interval was
// estimated.
type Interval struct {
	Value float64
	Low   float64
	High  float64
}

// Known reports whether the interval was estimated.
func (i Interval) Known() bool { return !math.IsNaN(i.Low) && !math.IsNaN(i.High) }

// MarshalJSON writes {"value", "low", "high"}, without low and high where they were not estimated.
func (i Interval) MarshalJSON() ([]byte, error) {
	if !i.Known() {
		return json.Marshal(map[string]float64{"value": i.Value})
	}
	return json.Marshal(struct {
		Value float64 `json:"value"`
		Low   float64 `json:"low"`
		High  float64 `json:"high"`
	}{i.Value, i.Low, i.High})
}

// draw calls each for every resample, with the number of times that each of n items was drawn. The next draw
// overwrites the counts.
func (b Bootstrap) draw(ctx context.Context, n int, each func(counts []int32)) error {
	random := rand.New(rand.NewPCG(b.Seed, 0x5eed))
	counts := make([]int32, n)
	for range b.Resamples {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("bootstrap: %w", err)
		}
		clear(counts)
		for range n {
			counts[random.IntN(n)]++
		}
		each(counts)
	}
	return nil
}

// means returns the mean of every metric with its interval, and the resampled means of each metric in ascending order.
func (b Bootstrap) means(ctx context.Context, rows []Values) ([metricCount]Interval, [metricCount][]float64, error) {
	var intervals [metricCount]Interval
	var samples [metricCount][]float64
	for m, mean := range Mean(rows) {
		intervals[m] = Interval{Value: mean, Low: math.NaN(), High: math.NaN()}
		samples[m] = make([]float64, 0, b.Resamples)
	}
	if len(rows) == 0 || b.Resamples == 0 {
		return intervals, samples, nil
	}
	err := b.draw(ctx, len(rows), func(counts []int32) {
		var sum Values
		for i, count := range counts {
			if count == 0 {
				continue
			}
			for m := range sum {
				sum[m] += float64(count) * rows[i][m]
			}
		}
		for m := range sum {
			samples[m] = append(samples[m], sum[m]/float64(len(rows)))
		}
	})
	if err != nil {
		return intervals, samples, err
	}
	for m := range samples {
		slices.Sort(samples[m])
		intervals[m].Low, intervals[m].High = b.bounds(samples[m])
	}
	return intervals, samples, nil
}

// bounds returns the ends of the central interval of ascending samples.
func (b Bootstrap) bounds(ascending []float64) (low, high float64) {
	tail := (1 - b.Confidence) / 2
	return quantile(ascending, tail), quantile(ascending, 1-tail)
}

// quantile interpolates linearly between the order statistics around q (Hyndman and Fan 1996, type 7: numpy's default).
func quantile(ascending []float64, q float64) float64 {
	if len(ascending) == 0 {
		return math.NaN()
	}
	at := q * float64(len(ascending)-1)
	below := int(math.Floor(at))
	if below >= len(ascending)-1 {
		return ascending[len(ascending)-1]
	}
	return ascending[below] + (at-float64(below))*(ascending[below+1]-ascending[below])
}

// roundingError is far above the error of a sum of a benchmark's values in float64, and far below one query's weight in
// a mean.
const roundingError = 1e-10

// pValue is the two-sided bootstrap p-value of "the true mean is zero": twice the smaller share of resampled means on
// either side of zero. One is added to each count, so it is never exactly zero (Davison and Hinkley 1997, section 4.2).
func pValue(ascending []float64) float64 {
	if len(ascending) == 0 {
		return math.NaN()
	}
	below, above := 1, 1
	for _, s := range ascending {
		if s <= roundingError {
			below++
		}
		if s >= -roundingError {
			above++
		}
	}
	return min(1, 2*float64(min(below, above))/float64(len(ascending)+1))
}
