// Package quality measures corpora: what they hold, how varied and how natural their sentences are, and how well their skills can be told
// apart. It writes no sentence, runs no model (vectors and log-probabilities come in from outside) and reads files by data/corpus only.
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
	value func(counts []int32) float64 // each of the units counted so often
}

// Goal says which way a measure is better.
type Goal int

// The goals. Neither is for what is merely described.
const (
	Neither Goal = iota
	Higher
	Lower
)

// ratio is a unit's share of a figure that is a quotient of two sums.
type ratio struct{ above, below float64 }

// quotient makes a measure of such units; last, if not nil, is applied to the quotient.
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

// resamples of the bootstrap, and the share of them inside an interval.
const (
	resamples  = 1000
	confidence = 0.95
)

// Estimate is a figure with its 95% bootstrap interval over the sentences (or blocks of sentences).
type Estimate struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	Units int     `json:"units"` // that were resampled
}

// leastUnits is the fewest units whose resamples say anything of the spread: those of one unit are all alike, and would make it look certain.
const leastUnits = 8

// Value is the measure itself.
func (m Measure) Value() float64 { return m.value(nil) }

// Estimate adds the interval, whose ends are NaN with fewer than leastUnits units.
func (m Measure) Estimate(seed uint64) Estimate {
	e := Estimate{Value: m.value(nil), Units: m.units}
	e.Low, e.High = bounds(m.samples(seed))
	return e
}

// samples are the values of the measure on resamples of its units; none of too few units.
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

// Difference is how much a lies above b, corpora that have nothing to do with each other: both are resampled for themselves.
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

// bounds are the ends of the central interval; NaN without samples.
func bounds(list []float64) (low, high float64) {
	if len(list) == 0 {
		return math.NaN(), math.NaN()
	}
	slices.Sort(list)
	at := func(q float64) float64 { return list[int(math.Round(q*float64(len(list)-1)))] }
	return at((1 - confidence) / 2), at((1 + confidence) / 2)
}

// Cost is what a sentence cost a language model: the summed negative log-probability of its tokens, and their number.
type Cost struct {
	Negative float64
	Tokens   int
}

// Perplexity is that of a language model over sentences, token by token: exp of the mean cost.
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
