package synthesis

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"skillspace/data/taxonomy"
)

// drawn counts how often each Level-2 group is drawn in n sets.
func drawn(t *testing.T, tax *taxonomy.Taxonomy, opts Spec, n int) map[int]int {
	t.Helper()
	s := newSampler(tax, opts, nil, rand.New(rand.NewPCG(1, 2)))
	counts := map[int]int{}
	for range n {
		counts[s.next().Group]++
	}
	return counts
}

func TestLevel2Weights(t *testing.T) {
	tax := sample(t)
	largest, smallest := 0, 0 // groups with skills
	groups := map[int]bool{}
	for skill := range tax.Skills() {
		for _, g := range tax.Level2(skill) {
			if len(groups) == 0 {
				largest, smallest = g, g
			}
			groups[g] = true
			if len(tax.Members(g)) > len(tax.Members(largest)) {
				largest = g
			}
			if len(tax.Members(g)) < len(tax.Members(smallest)) {
				smallest = g
			}
		}
	}
	sizes := float64(len(tax.Members(largest))) / float64(len(tax.Members(smallest)))
	if sizes < 4 {
		t.Fatalf("groups of the sample differ in size by %g only", sizes)
	}
	const n = 60000
	for _, c := range []struct {
		weights     string
		temperature float64
		low, high   float64 // of how often the largest group is drawn for each time the smallest is
	}{
		{Uniform, 0, 0.85, 1.15},
		{ByTemperature, 1, 0.8 * sizes, 1.25 * sizes},
		{ByTemperature, 1e6, 0.85, 1.15},
	} {
		opts := defaults(1)
		opts.Coverage, opts.Level2Weights, opts.Level2Temperature = 0, c.weights, c.temperature
		counts := drawn(t, tax, opts, n)
		if ratio := float64(counts[largest]) / float64(counts[smallest]); ratio < c.low || ratio > c.high {
			t.Errorf("%s %g: the largest group is drawn %.2f times as often as the smallest, want %.2f to %.2f", c.weights, c.temperature, ratio, c.low, c.high)
		}
		if len(counts) < len(groups) {
			t.Errorf("%s: %d groups of %d are drawn", c.weights, len(counts), len(groups))
		}
	}
}

func TestCoverageComesFirstWhateverTheWeights(t *testing.T) {
	tax := sample(t)
	for _, weights := range []string{BySize, Uniform, ByTemperature} {
		opts := defaults(1)
		opts.Coverage, opts.Level2Weights, opts.Level2Temperature = 2, weights, 3
		s := newSampler(tax, opts, nil, rand.New(rand.NewPCG(3, 4)))
		for sets := 0; s.short > 0; sets++ {
			d := s.next()
			for _, skill := range d.Skills {
				if s.counts[skill] > opts.Coverage {
					t.Fatalf("%s: set %d gives skill %d more than its coverage while %d skills lack theirs", weights, sets, skill, s.short)
				}
				if d.Group >= 0 && !slices.Contains(tax.Level2(skill), d.Group) {
					t.Fatalf("%s: skill %d is not below group %d", weights, skill, d.Group)
				}
			}
			if sets > opts.Coverage*len(tax.Skills()) {
				t.Fatalf("%s: %d sets and %d skills lack their coverage", weights, sets, s.short)
			}
		}
	}
}

func TestPlanGrowsByItsEnd(t *testing.T) {
	tax := sample(t)
	for _, pairing := range []string{Hierarchical, Unconstrained} {
		opts := defaults(400)
		opts.Pairing, opts.NegativeShare = pairing, 0.3
		long, err := Plan(tax, opts)
		if err != nil {
			t.Fatal(err)
		}
		opts.Sentences = 250
		short, err := Plan(tax, opts)
		if err != nil || !reflect.DeepEqual(short, long[:250]) {
			t.Errorf("%s: a plan of 250 is not the beginning of a plan of 400 (%v)", pairing, err)
		}
		negatives := 0
		for _, set := range long {
			if len(set.Skills) == 0 {
				negatives++
			}
		}
		if negatives != 120 {
			t.Errorf("%d of 400 sets name no skill, want 120", negatives)
		}
	}
}

func TestPlanRefusesBadWeights(t *testing.T) {
	for _, o := range []Spec{{Level2Weights: "large"}, {Level2Weights: ByTemperature}, {Level2Weights: ByTemperature, Level2Temperature: -1}} {
		opts := defaults(10)
		opts.Level2Weights, opts.Level2Temperature = o.Level2Weights, o.Level2Temperature
		if _, err := Plan(sample(t), opts); err == nil {
			t.Errorf("%s is accepted", fmt.Sprint(o.Level2Weights, o.Level2Temperature))
		}
	}
}
