package evaluate

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"skillspace/internal/topk"
)

// ExtractionMetric names a measure of the skills that are reported for an ad. All are means over the ads.
type ExtractionMetric int

// The metrics of an extraction, in a report's column order.
const (
	// ExtractionPrecision is the share of gold skills among an ad's reported skills; 0 if none is reported.
	ExtractionPrecision ExtractionMetric = iota
	// ExtractionRecall is the share of reported skills among an ad's gold skills.
	ExtractionRecall
	// ExtractionF1 is the harmonic mean of an ad's own precision and recall.
	ExtractionF1
	extractionMetricCount
)

var extractionMetricNames = [extractionMetricCount]string{"precision", "recall", "f1"}

// String returns the metric's name in reports.
func (m ExtractionMetric) String() string {
	if m < 0 || m >= extractionMetricCount {
		return "unknown"
	}
	return extractionMetricNames[m]
}

type extractionValues [extractionMetricCount]float64

// ExtractionOptions say which skills are reported for an ad. extract-skills has the same settings.
type ExtractionOptions struct {
	BySentence bool     // a reported skill must be right for its sentence; otherwise for its ad
	TopK       int      // largest number of skills per sentence
	Threshold  *float64 // lowest score of a reported skill; nil: each ad gets the threshold with the best mean F1 on the other ads
}

// ExtractionResult is one system's row.
type ExtractionResult struct {
	System    string
	Threshold float64 // the given threshold, or the mean of the chosen ones
	Reported  float64 // mean number of skills per ad
	Metrics   [extractionMetricCount]Interval
}

// ExtractionReport is what RunExtraction measured.
type ExtractionReport struct {
	Benchmark  string
	Ads        int
	BySentence bool
	TopK       int
	Fixed      bool // the threshold was given
	Bootstrap  Bootstrap
	Results    []ExtractionResult
}

// proposal is a skill that a system found in an ad.
type proposal struct {
	score float32
	gold  bool
}

// adProposals are the skills found in an ad, best first, and the number of its gold skills.
type adProposals struct {
	proposals []proposal
	gold      int
}

// RunExtraction measures what extract-skills would report for each ad of a benchmark at [Ad] level: the TopK
// best skills of every sentence, if their score reaches the threshold. A skill counts once per ad. It is right
// if any of the ad's sentences names it. With BySentence, a skill counts once per sentence and is right if that
// sentence names it. Every skill found in a sentence without gold skills is then wrong, which a filter can
// prevent.
func RunExtraction(ctx context.Context, systems []System, b *Benchmark, o ExtractionOptions, opts RunOptions) (*ExtractionReport, error) {
	bootstrap, err := opts.Bootstrap.withDefaults()
	if err != nil {
		return nil, err
	}
	if b.Level != Ad || len(b.Queries) < 2 {
		return nil, fmt.Errorf("evaluate extraction on %s: want at least two ads, at level %q", b.Name, Ad)
	}
	if o.TopK < 1 || o.TopK > b.Skills {
		return nil, fmt.Errorf("evaluate extraction on %s: %d skills a sentence: want 1 to %d", b.Name, o.TopK, b.Skills)
	}
	report := &ExtractionReport{Benchmark: b.Name, Ads: len(b.Queries), BySentence: o.BySentence, TopK: o.TopK, Fixed: o.Threshold != nil, Bootstrap: bootstrap}
	for _, system := range systems {
		ads, err := propose(ctx, system, b, o, opts)
		if err != nil {
			return nil, fmt.Errorf("evaluate extraction by %s on %s: %w", system.Name(), b.Name, err)
		}
		thresholds := make([]float64, len(ads))
		if o.Threshold == nil {
			thresholds = thresholdsFromOthers(ads)
		} else {
			for i := range thresholds {
				thresholds[i] = *o.Threshold
			}
		}
		result, err := measureExtraction(ctx, ads, thresholds, bootstrap)
		if err != nil {
			return nil, err
		}
		result.System = system.Name()
		report.Results = append(report.Results, result)
	}
	return report, nil
}

// propose collects the skills that a system finds in each ad.
func propose(ctx context.Context, system System, b *Benchmark, o ExtractionOptions, opts RunOptions) ([]adProposals, error) {
	size := opts.ChunkSize
	if size == 0 {
		size = defaultChunk
	}
	if size < 1 || size > maxChunk {
		return nil, fmt.Errorf("chunk of %d texts: want 1 to %d", size, maxChunk)
	}
	c := &collector{queries: b.Queries, o: o, best: map[int]float32{}}
	for texts := range chunks(b.Queries, size) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows, err := system.Score(ctx, texts)
		if err != nil {
			return nil, err
		}
		if len(rows) != len(texts) {
			return nil, fmt.Errorf("%d rows of scores for %d texts", len(rows), len(texts))
		}
		for i, row := range rows {
			if err := addTop(c.best, row, o.TopK, b.Skills); err != nil {
				return nil, fmt.Errorf("score %q: %w", shorten(texts[i].Text), err)
			}
			c.partEnds()
		}
	}
	return c.ads, nil
}

// collector gathers the proposals of each ad in turn.
type collector struct {
	queries []Query
	o       ExtractionOptions
	ads     []adProposals
	open    adProposals // of the current ad
	parts   int         // of the current ad so far
	best    map[int]float32
}

// partEnds is called when the skills of another sentence are in best.
func (c *collector) partEnds() {
	query := c.queries[len(c.ads)]
	c.parts++
	last := c.parts == query.count()
	switch {
	case c.o.BySentence && len(query.PartGold) > 0:
		c.collect(query.PartGold[c.parts-1])
	case last:
		c.collect(query.Gold)
	}
	if !last {
		return
	}
	slices.SortFunc(c.open.proposals, func(x, y proposal) int { return cmp.Compare(y.score, x.score) })
	c.ads = append(c.ads, c.open)
	c.open, c.parts = adProposals{}, 0
}

// collect moves the skills in best to the current ad and marks the gold ones.
func (c *collector) collect(gold []int) {
	c.open.gold += len(gold)
	for skill, score := range c.best {
		_, found := slices.BinarySearch(gold, skill)
		c.open.proposals = append(c.open.proposals, proposal{score, found})
	}
	clear(c.best)
}

// addTop adds a sentence's topK best skills to those of its ad. A skill's score is the highest over the
// sentences.
func addTop(best map[int]float32, scoresS []float32, topK, skills int) error {
	if len(scoresS) != skills {
		return fmt.Errorf("%d scores for %d skills", len(scoresS), skills)
	}
	for skill, score := range scoresS {
		if math.IsNaN(float64(score)) {
			return fmt.Errorf("the score of skill %d is NaN", skill)
		}
	}
	for _, skill := range topk.Indices(scoresS, topK, func(skill int) bool { return scoresS[skill] >= lowestScore }) {
		if known, ok := best[skill]; !ok || scoresS[skill] > known {
			best[skill] = scoresS[skill]
		}
	}
	return nil
}

// at measures an ad's skills with a score of at least the threshold, and counts them.
func (a *adProposals) at(threshold float64) (values extractionValues, reported int) {
	hits := 0
	for _, p := range a.proposals {
		if float64(p.score) < threshold {
			break
		}
		reported++
		if p.gold {
			hits++
		}
	}
	return a.values(hits, reported), reported
}

func (a *adProposals) values(hits, reported int) (v extractionValues) {
	if reported > 0 {
		v[ExtractionPrecision] = float64(hits) / float64(reported)
	}
	if a.gold > 0 {
		v[ExtractionRecall] = float64(hits) / float64(a.gold)
	}
	v[ExtractionF1] = harmonic(v[ExtractionPrecision], v[ExtractionRecall])
	return v
}

func measureExtraction(ctx context.Context, ads []adProposals, thresholds []float64, b Bootstrap) (ExtractionResult, error) {
	var result ExtractionResult
	n := float64(len(ads))
	rows := make([]extractionValues, len(ads))
	for i := range ads {
		values, reported := ads[i].at(thresholds[i])
		rows[i] = values
		result.Threshold += thresholds[i] / n
		result.Reported += float64(reported) / n
		for m, v := range values {
			result.Metrics[m].Value += v / n
		}
	}
	var samples [extractionMetricCount][]float64
	err := b.draw(ctx, len(ads), func(counts []int32) {
		var sum extractionValues
		for i, count := range counts {
			for m := range sum {
				sum[m] += float64(count) * rows[i][m]
			}
		}
		for m := range sum {
			samples[m] = append(samples[m], sum[m]/n)
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
