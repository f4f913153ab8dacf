package quality

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"skillspace/data/corpus"
	"skillspace/data/synthesis"
	"skillspace/data/synthesis/neardup"
)

// TestIntervalOfAShare checks that the interval of a share is that of the binomial distribution.
func TestIntervalOfAShare(t *testing.T) {
	units := make([]ratio, 400)
	for i := range units {
		units[i] = ratio{above: float64(i % 2), below: 1}
	}
	e := quotient("x", "X", "", Higher, units, nil).Estimate(1)
	if half := 1.96 * math.Sqrt(0.25/400); !near(e.Value, 0.5, 0) || !near(e.Low, 0.5-half, 0.01) || !near(e.High, 0.5+half, 0.01) {
		t.Errorf("%+v, want 0.5 and %v on either side", e, half)
	}
}

// TestFewUnitsGiveNoVerdict checks that too few blocks give no interval. Resamples of a single block are
// identical, which would look like certainty.
func TestFewUnitsGiveNoVerdict(t *testing.T) {
	measures := func(value float64, blocks int) *Measurements {
		units := make([]ratio, blocks)
		for i := range units {
			units[i] = ratio{value, 1}
		}
		return &Measurements{Corpus: &Corpus{}, Measures: []Measure{quotient("distinct_1", "Distinct-1", "", Higher, units, nil)}, Seed: 1}
	}
	for blocks, want := range map[int]string{1: "", leastUnits - 1: "", leastUnits: "a"} {
		row := Compare(measures(0.5, blocks), measures(0.4, blocks)).Rows[0]
		if row.Better != want || (row.Difference.Low != nil) != (want != "") || !near(*row.Difference.Value, 0.1, 1e-12) {
			t.Errorf("%d blocks: better %q, %+v", blocks, row.Better, row.Difference)
		}
	}
	var out bytes.Buffer
	if err := Compare(measures(0.5, 1), measures(0.4, 1)).Write(&out, "table"); err != nil || strings.Contains(out.String(), "NaN") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// TestNearCopiesOfTheWholeCorpus checks that near-copies are found at any distance and for any sample of the
// corpus.
func TestNearCopiesOfTheWholeCorpus(t *testing.T) {
	tax := sampleTaxonomy(t)
	var list []corpus.Example
	o := synthesis.Spec{Sentences: 4000, Seed: 5, Pairing: synthesis.Hierarchical, MinSkills: 1, MaxSkills: 4, Coverage: 1}
	if _, err := synthesis.Generate(t.Context(), tax, o, func(e corpus.Example) error { list = append(list, e); return nil }); err != nil {
		t.Fatal(err)
	}
	index, own, want := neardup.New(nearlySame), 0, 0
	for _, e := range list {
		if !index.Add(neardup.Normalise(e.Text)) {
			own++
		}
	}
	path := t.TempDir() + "/c.jsonl"
	file, err := corpus.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Abort()
	write := func(e corpus.Example) {
		if err := file.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range list {
		write(e)
	}
	for _, e := range list {
		if len(e.Text) > 60 {
			e.Text += " too"
			write(e)
			want++
		}
	}
	if err := file.Commit(); err != nil {
		t.Fatal(err)
	}
	c := read(t, path, tax, 300)
	if c.Near < want*97/100 || c.Near > want+2*own+1 {
		t.Errorf("%d near-repetitions, want about %d planted and %d of the writer", c.Near, want, own)
	}
	share := byName(t, c.TextMeasures(tax), "near_duplicates").Estimate(1)
	if exact := float64(c.Near) / float64(c.Statistics.Sentences); share.Low > exact || share.High < exact || share.Value < 0.2 {
		t.Errorf("share %+v on a sample of 300, want %v", share, exact)
	}
	if s := (&Measurements{Corpus: c}).Summary(); s.Near != c.Near {
		t.Errorf("summary: %d", s.Near)
	}
}

// TestLevel checks that two corpora are compared on the same groups and on equally many sentences of each group.
func TestLevel(t *testing.T) {
	made := func(path string, sentences map[int]int) *Corpus {
		c := &Corpus{Path: path, Language: "en"}
		for group := range 10 {
			for range sentences[group] {
				c.Sentences = append(c.Sentences, Sampled{Text: fmt.Sprint(group), Skills: []int{group}, Group: group})
			}
		}
		return c
	}
	a, b := made("a", map[int]int{1: 30, 2: 20, 3: 9, 4: 40}), made("b", map[int]int{1: 12, 2: 25, 3: LeastOfGroup - 1, 7: 40})
	if n := Level(a, b); n != 2 {
		t.Fatalf("%d groups, want 2", n)
	}
	for _, c := range []*Corpus{a, b} {
		measures, err := c.Discriminability(t.Context(), bags, 1)
		if err != nil {
			t.Fatal(err)
		}
		if probe := byName(t, measures, "probe_f1"); probe.units != 32 || !strings.Contains(probe.Note, "32 sentences of 2 groups") {
			t.Errorf("%s: %d units; %s", c.Path, probe.units, probe.Note)
		}
	}
	if n := Level(a, made("c", map[int]int{1: 9})); n != 1 {
		t.Errorf("%d groups, want 1", n)
	}
	measures, err := a.Discriminability(t.Context(), bags, 1)
	if err != nil || len(measures) != 1 || measures[0].Name != "skill_gap" {
		t.Errorf("one group in common: %v, %v", measures, err)
	}
}

// TestFolds checks that every sentence is tested once, by a probe that was not trained on it, and that every fold
// has all groups.
func TestFolds(t *testing.T) {
	var members []int
	for i := range 60 {
		members = append(members, i%7-1)
	}
	seen := map[int]bool{}
	for _, part := range split(members, 6, 1) {
		groups := map[int]bool{}
		for _, i := range part {
			if seen[i] || members[i] < 0 {
				t.Errorf("sentence %d is tested twice, or has no group", i)
			}
			seen[i], groups[members[i]] = true, true
		}
		if len(groups) != 6 {
			t.Errorf("a fold has %d groups of 6", len(groups))
		}
	}
	if len(seen) != 51 {
		t.Errorf("%d sentences are tested, want 51", len(seen))
	}
}
