// Package quality measures corpora: their contents, how varied and how natural their sentences are, and how well
// their skills can be told apart. It writes no sentences and runs no model. Vectors and log-probabilities are
// inputs. It reads files through data/corpus only.
package quality

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Measure is a figure of a corpus that can be resampled.
type Measure struct {
	Name  string // key in reports
	Title string
	Note  string // one sentence that describes the measure
	Goal  Goal
	units int
	value func(counts []int32) float64 // the measure, with each unit counted this often
}

// Goal says which way a measure is better.
type Goal int

// The goals. Neither is for descriptive measures.
const (
	Neither Goal = iota
	Higher
	Lower
)

// ratio is a unit's contribution to a quotient of two sums.
type ratio struct{ above, below float64 }

// quotient makes a measure that is the quotient of the units' sums. last, if not nil, is applied to the quotient.
func quotient(name, title, note string, goal Goal, units []ratio, last func(float64) float64) Measure {
	return Measure{Name: name, Title: title, Note: note, Goal: goal, units: len(units), value: func(counts []int32) float64 {
		var above, below float64
		for i, u := range units {
			n := 1.0
			if counts != nil {
				n = float64(counts[i])
			}
			above, below = above+n*u.above, below+n*u.below
		}
		if below == 0 {
			return math.NaN()
		}
		if last != nil {
			return last(above / below)
		}
		return above / below
	}}
}

// The number of bootstrap resamples, and the share of them inside an interval.
const (
	resamples  = 1000
	confidence = 0.95
)

// Estimate is a figure with its 95% bootstrap interval over the sentences (or blocks of sentences).
type Estimate struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	Units int     `json:"units"` // number of units that were resampled
}

// leastUnits is the minimum number of units for an interval. All resamples of a single unit are equal, which
// would look like certainty.
const leastUnits = 8

// Value returns the measure itself.
func (m Measure) Value() float64 { return m.value(nil) }

// Estimate adds the interval. Its ends are NaN with fewer than leastUnits units.
func (m Measure) Estimate(seed uint64) Estimate {
	e := Estimate{Value: m.value(nil), Units: m.units}
	e.Low, e.High = bounds(m.samples(seed))
	return e
}

// samples returns the values of the measure on resamples of its units. It returns none if there are too few
// units.
func (m Measure) samples(seed uint64) []float64 {
	if m.units < leastUnits {
		return nil
	}
	random := rand.New(rand.NewPCG(seed, 0x9a117))
	counts, list := make([]int32, m.units), make([]float64, 0, resamples)
	for range resamples {
		clear(counts)
		for range m.units {
			counts[random.IntN(m.units)]++
		}
		if v := m.value(counts); !math.IsNaN(v) {
			list = append(list, v)
		}
	}
	return list
}

// Difference is a minus b for two independent corpora. Each is resampled separately.
func Difference(a, b Measure, seed uint64) Estimate {
	first, second := a.samples(seed), b.samples(seed+1)
	list := make([]float64, min(len(first), len(second)))
	for i := range list {
		list[i] = first[i] - second[i]
	}
	e := Estimate{Value: a.value(nil) - b.value(nil), Units: a.units + b.units}
	e.Low, e.High = bounds(list)
	return e
}

// bounds returns the ends of the central interval, or NaN without samples.
func bounds(list []float64) (low, high float64) {
	if len(list) == 0 {
		return math.NaN(), math.NaN()
	}
	slices.Sort(list)
	at := func(q float64) float64 { return list[int(math.Round(q*float64(len(list)-1)))] }
	return at((1 - confidence) / 2), at((1 + confidence) / 2)
}

// Cost is the cost of a sentence for a language model: the summed negative log-probability of its tokens, and
// their number.
type Cost struct {
	Negative float64
	Tokens   int
}

// Perplexity is the perplexity of a language model over sentences, by token: exp of the mean cost.
func Perplexity(costs []Cost) Measure {
	units := make([]ratio, len(costs))
	for i, c := range costs {
		units[i] = ratio{c.Negative, float64(c.Tokens)}
	}
	return quotient("perplexity", "Perplexity", "of a causal language model, per token; lower is more fluent to that model, which finds its own sentences far more fluent than real ads",
		Neither, units, math.Exp)
}

// Texts returns the first sentences of the sample that name a skill, up to a maximum.
func (c *Corpus) Texts(most int) []string {
	var texts []string
	for _, s := range c.named() {
		if len(texts) == most {
			break
		}
		texts = append(texts, s.Text)
	}
	return texts
}
