package evaluate

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Curve measures at every threshold how well scores separate sentences with a skill (positives) from the others. A
// sentence is kept when its score is at least the threshold.
type Curve struct {
	order    []int32   // sentences by descending score
	groups   []group   // of sentences with equal scores, which no threshold separates
	positive []bool    // by sentence
	scores   []float32 // by sentence
}

type group struct {
	threshold float64 // the score
	end       int     // order[:end] have at least this score
}

// NewCurve sorts the scores. It fails if the lengths differ, if a score is NaN, or if no sentence is positive:
// recall is then undefined.
func NewCurve(scores []float32, positive []bool) (*Curve, error) {
	if len(scores) != len(positive) {
		return nil, fmt.Errorf("precision-recall curve: %d scores for %d labels", len(scores), len(positive))
	}
	if !slices.Contains(positive, true) {
		return nil, fmt.Errorf("precision-recall curve: none of %d sentences is positive", len(positive))
	}
	c := &Curve{order: make([]int32, len(scores)), positive: positive, scores: scores}
	for i, s := range scores {
		if math.IsNaN(float64(s)) {
			return nil, fmt.Errorf("precision-recall curve: the score of sentence %d is NaN", i)
		}
		c.order[i] = int32(i)
	}
	slices.SortStableFunc(c.order, func(x, y int32) int { return cmp.Compare(scores[y], scores[x]) })
	for i, sentence := range c.order {
		if i+1 == len(c.order) || scores[c.order[i+1]] != scores[sentence] {
			c.groups = append(c.groups, group{threshold: float64(scores[sentence]), end: i + 1})
		}
	}
	return c, nil
}

// Confusion counts the decisions at a threshold.
type Confusion struct{ TruePositive, FalsePositive, FalseNegative, TrueNegative int }

// Precision is the share of positives among the kept sentences; 0 if none is kept.
func (c Confusion) Precision() float64 { return share(c.TruePositive, c.FalsePositive) }

// Recall is the share of kept sentences among the positives.
func (c Confusion) Recall() float64 { return share(c.TruePositive, c.FalseNegative) }

// F1 is the harmonic mean of precision and recall.
func (c Confusion) F1() float64 { return harmonic(c.Precision(), c.Recall()) }

func share(part, rest int) float64 {
	if part+rest == 0 {
		return 0
	}
	return float64(part) / float64(part+rest)
}

// At counts the decisions at a threshold.
func (c *Curve) At(threshold float64) Confusion { return c.at(threshold, nil) }

// AveragePrecision is the step-wise area under the precision-recall curve: the sum of (R(n) - R(n-1)) P(n) over
// descending distinct scores, as scikit-learn's average_precision_score.
func (c *Curve) AveragePrecision() float64 {
	ap, _ := c.averagePrecision(nil)
	return ap
}

// at counts each sentence weights[i] times, or once if weights is nil.
func (c *Curve) at(threshold float64, weights []int32) Confusion {
	var n Confusion
	for i, positive := range c.positive {
		weight := weightOf(weights, int32(i))
		switch kept := float64(c.scores[i]) >= threshold; {
		case kept && positive:
			n.TruePositive += weight
		case kept:
			n.FalsePositive += weight
		case positive:
			n.FalseNegative += weight
		default:
			n.TrueNegative += weight
		}
	}
	return n
}

func weightOf(weights []int32, i int32) int {
	if weights == nil {
		return 1
	}
	return int(weights[i])
}

// averagePrecision returns false if the weights leave no positive.
func (c *Curve) averagePrecision(weights []int32) (float64, bool) {
	sum, kept, found, start := 0.0, 0, 0, 0
	for _, g := range c.groups {
		before := found
		for _, sentence := range c.order[start:g.end] {
			weight := weightOf(weights, sentence)
			kept += weight
			if c.positive[sentence] {
				found += weight
			}
		}
		start = g.end
		if found > before {
			sum += float64(found-before) * float64(found) / float64(kept)
		}
	}
	if found == 0 {
		return 0, false
	}
	return sum / float64(found), true
}

// each calls visit with every distinct threshold, descending, until it returns false.
func (c *Curve) each(visit func(threshold float64, n Confusion) bool) {
	positives := 0
	for _, p := range c.positive {
		if p {
			positives++
		}
	}
	found, start := 0, 0
	for _, g := range c.groups {
		for _, sentence := range c.order[start:g.end] {
			if c.positive[sentence] {
				found++
			}
		}
		start = g.end
		n := Confusion{TruePositive: found, FalsePositive: g.end - found, FalseNegative: positives - found}
		n.TrueNegative = len(c.positive) - n.TruePositive - n.FalsePositive - n.FalseNegative
		if !visit(g.threshold, n) {
			return
		}
	}
}

// CurvePoint is a point of the precision-recall curve.
type CurvePoint struct{ Threshold, Recall, Precision float64 }

// Points returns at most n points of the curve, by descending threshold, with the highest and the lowest score among
// them.
func (c *Curve) Points(n int) []CurvePoint {
	var all []CurvePoint
	c.each(func(t float64, k Confusion) bool {
		all = append(all, CurvePoint{t, k.Recall(), k.Precision()})
		return true
	})
	if len(all) <= n || n < 2 {
		return all
	}
	points := make([]CurvePoint, n)
	for i := range points {
		points[i] = all[(len(all)-1)*i/(n-1)]
	}
	return points
}

// Errors returns the indices of the sentences on the wrong side of a threshold: the kept negatives by descending score
// and the dropped positives by ascending score. The worst errors come first.
func (c *Curve) Errors(threshold float64) (kept, dropped []int) {
	for _, i := range c.order {
		if !c.positive[i] && float64(c.scores[i]) >= threshold {
			kept = append(kept, int(i))
		}
	}
	for _, i := range slices.Backward(c.order) {
		if c.positive[i] && float64(c.scores[i]) < threshold {
			dropped = append(dropped, int(i))
		}
	}
	return kept, dropped
}

// BestF1 returns the highest F1 and the highest threshold, one of the scores, that reaches it.
func (c *Curve) BestF1() (threshold, f1 float64) {
	f1 = -1
	c.each(func(t float64, n Confusion) bool {
		if n.F1() > f1 {
			threshold, f1 = t, n.F1()
		}
		return true
	})
	return threshold, f1
}

// ThresholdForRecall returns the highest threshold with at least the wanted recall, in (0, 1].
func (c *Curve) ThresholdForRecall(want float64) (float64, error) {
	if !(want > 0 && want <= 1) {
		return 0, fmt.Errorf("wanted recall %v: want a share in (0, 1]", want)
	}
	var threshold float64
	c.each(func(t float64, n Confusion) bool {
		threshold = t
		return n.Recall() < want
	})
	return threshold, nil
}

// ErrUnreachable means that no threshold reaches a wanted precision.
var ErrUnreachable = errors.New("no threshold reaches it")

// ThresholdForPrecision returns the lowest threshold with at least the wanted precision, in (0, 1]. It is the one with
// the highest recall. The error is [ErrUnreachable] if there is none.
func (c *Curve) ThresholdForPrecision(want float64) (float64, error) {
	if !(want > 0 && want <= 1) {
		return 0, fmt.Errorf("wanted precision %v: want a share in (0, 1]", want)
	}
	threshold, reached, best := 0.0, false, 0.0
	c.each(func(t float64, n Confusion) bool {
		best = max(best, n.Precision())
		if n.Precision() >= want {
			threshold, reached = t, true
		}
		return true
	})
	if !reached {
		return 0, fmt.Errorf("wanted precision %v, the highest is %.3f: %w", want, best, ErrUnreachable)
	}
	return threshold, nil
}
