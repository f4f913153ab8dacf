package evaluate

import (
	"context"
	"fmt"
	"math"
	"slices"

	"skillspace/data/corpus"
)

// SentenceScorer is a sentence filter. A higher score means that a sentence is more likely to name a skill.
type SentenceScorer interface {
	Name() string       // the row's title, unique within a run
	Threshold() float64 // the score from which a sentence is kept
	ScoreSentences(ctx context.Context, sentences []corpus.Sentence) ([]float32, error)
}

// BinaryMetric names a measure of a filter.
type BinaryMetric int

// The metrics of a filter, in a report's column order. All but AveragePrecision are at the filter's threshold.
const (
	AveragePrecision BinaryMetric = iota
	Precision
	Recall
	F1
	binaryMetricCount
)

var binaryMetricNames = [binaryMetricCount]string{"ap", "precision", "recall", "f1"}

// String returns the metric's name in reports.
func (m BinaryMetric) String() string {
	if m < 0 || m >= binaryMetricCount {
		return "unknown"
	}
	return binaryMetricNames[m]
}

// BinaryResult is one filter's row.
type BinaryResult struct {
	System    string
	Threshold float64
	Counts    Confusion
	Metrics   [binaryMetricCount]Interval
	BestF1    float64 // the highest F1 of any threshold on the same sentences: an upper bound, not a result
}

// BinaryReport is the result of [RunBinary].
type BinaryReport struct {
	Benchmark string
	Sentences int
	Positives int
	Bootstrap Bootstrap
	Results   []BinaryResult
}

// RunBinary scores labelled sentences with each filter and measures the decisions. Intervals come from a bootstrap over
// the sentences at a fixed threshold.
func RunBinary(ctx context.Context, scorers []SentenceScorer, name string, sentences []corpus.Labelled, opts RunOptions) (*BinaryReport, error) {
	bootstrap, err := opts.Bootstrap.withDefaults()
	if err != nil {
		return nil, err
	}
	if opts.ChunkSize == 0 {
		opts.ChunkSize = defaultChunk
	}
	if opts.ChunkSize < 1 || opts.ChunkSize > maxChunk {
		return nil, fmt.Errorf("evaluate: chunk of %d texts: want 1 to %d", opts.ChunkSize, maxChunk)
	}
	report := &BinaryReport{Benchmark: name, Sentences: len(sentences), Bootstrap: bootstrap}
	unlabelled, positive := corpus.SplitLabels(sentences)
	for _, p := range positive {
		if p {
			report.Positives++
		}
	}
	for _, scorer := range scorers {
		if slices.ContainsFunc(report.Results, func(r BinaryResult) bool { return r.System == scorer.Name() }) {
			return nil, fmt.Errorf("evaluate filters on %s: two are named %q", name, scorer.Name())
		}
		scores, err := scoreSentences(ctx, scorer, unlabelled, opts)
		if err != nil {
			return nil, fmt.Errorf("evaluate %s on %s: %w", scorer.Name(), name, err)
		}
		result, err := MeasureBinary(ctx, scorer.Name(), scores, positive, scorer.Threshold(), bootstrap)
		if err != nil {
			return nil, fmt.Errorf("evaluate %s on %s: %w", scorer.Name(), name, err)
		}
		report.Results = append(report.Results, result)
	}
	return report, nil
}

func scoreSentences(ctx context.Context, scorer SentenceScorer, sentences []corpus.Sentence, opts RunOptions) ([]float32, error) {
	scores := make([]float32, 0, len(sentences))
	for chunk := range slices.Chunk(sentences, opts.ChunkSize) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		part, err := scorer.ScoreSentences(ctx, chunk)
		if err != nil {
			return nil, err
		}
		if len(part) != len(chunk) {
			return nil, fmt.Errorf("%d scores for %d sentences", len(part), len(chunk))
		}
		scores = append(scores, part...)
		if opts.Progress != nil {
			opts.Progress(scorer.Name(), len(scores), len(sentences))
		}
	}
	return scores, nil
}

// MeasureBinary measures the scores of labelled sentences by the filter called name.
func MeasureBinary(ctx context.Context, name string, scores []float32, positive []bool, threshold float64, b Bootstrap) (BinaryResult, error) {
	result := BinaryResult{System: name, Threshold: threshold}
	if math.IsNaN(threshold) || math.IsInf(threshold, 0) {
		return result, fmt.Errorf("the threshold is %v", threshold)
	}
	curve, err := NewCurve(scores, positive)
	if err != nil {
		return result, err
	}
	result.Counts = curve.At(threshold)
	_, result.BestF1 = curve.BestF1()
	values, _ := curve.measure(threshold, nil)
	for m, v := range values {
		result.Metrics[m] = Interval{Value: v, Low: math.NaN(), High: math.NaN()}
	}
	var samples [binaryMetricCount][]float64
	err = b.draw(ctx, len(scores), func(counts []int32) {
		sample, ok := curve.measure(threshold, counts)
		if !ok {
			return // a resample without a positive has no recall
		}
		for m, v := range sample {
			samples[m] = append(samples[m], v)
		}
	})
	if err != nil {
		return result, err
	}
	for m := range samples {
		slices.Sort(samples[m])
		result.Metrics[m].Low, result.Metrics[m].High = b.bounds(samples[m])
	}
	return result, nil
}

// measure returns all metrics, where sentence i counts weights[i] times. It returns false if the weights leave no
// positive.
func (c *Curve) measure(threshold float64, weights []int32) ([binaryMetricCount]float64, bool) {
	var v [binaryMetricCount]float64
	ap, ok := c.averagePrecision(weights)
	n := c.at(threshold, weights)
	v[AveragePrecision], v[Precision], v[Recall], v[F1] = ap, n.Precision(), n.Recall(), n.F1()
	return v, ok
}
