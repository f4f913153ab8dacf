package evaluate

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Curve holds how well scores separate skill sentences (positives) from the others, at every threshold. A sentence is kept when its
// score is at least the threshold.
type Curve struct {
	order    []int32   // sentences by descending score
	groups   []group   // equal scores belong together: no threshold parts them
	positive []bool    // by sentence
	scores   []float32 // by sentence
}

type group struct {
	threshold float64 // the score
	end       int     // order[:end] has at least this score
}

// NewCurve sorts the scores. It refuses lengths that differ, NaN, and data without a positive, for which recall is undefined.
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

// Confusion counts decisions.
type Confusion struct{ TruePositive, FalsePositive, FalseNegative, TrueNegative int }

// Precision is the share of the kept that are positive; 0 if none is kept.
func (c Confusion) Precision() float64 { return share(c.TruePositive, c.FalsePositive) }

// Recall is the share of the positives that are kept.
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

// AveragePrecision is the step-wise area under the precision-recall curve, the sum of (R(n) - R(n-1)) P(n) over descending distinct
// scores: scikit-learn's average_precision_score.
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

// averagePrecision says false if the weights leave no positive.
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

// Points returns at most n points of the curve, by falling threshold, the first and the last distinct score among them.
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

// Errors returns the sentences on the wrong side of a threshold, by index: what is kept and negative, by falling score, and what is
// dropped and positive, by rising score.
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

// BestF1 returns the threshold, one of the scores, at which F1 is highest, and that F1; of equal ones the highest threshold.
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

// ThresholdForRecall returns the highest threshold that keeps at least the wanted share of the positives, in (0, 1].
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

// ErrUnreachable says that no threshold reaches a wanted precision.
var ErrUnreachable = errors.New("no threshold reaches it")

// ThresholdForPrecision returns the lowest threshold whose kept sentences are positive in at least the wanted share, in (0, 1], so the
// one with the highest recall. The error is ErrUnreachable if there is none.
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
