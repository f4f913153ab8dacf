package validation

import (
	"testing"

	"skillspace/checkpoints"
	"skillspace/train"
	"skillspace/train/dataset"
)

// Skills with equal scores are reported together, so a threshold between them cannot be chosen.
func TestReportingCurve(t *testing.T) {
	all := []reported{{0.3, false}, {0.9, true}, {0.5, false}, {0.5, true}, {0.4, true}, {0.1, false}}
	want := []checkpoints.ReportingPoint{
		{Threshold: float64(float32(0.1)), Precision: 0.5, Recall: 0.75}, {Threshold: float64(float32(0.3)), Precision: 0.6, Recall: 0.75},
		{Threshold: float64(float32(0.4)), Precision: 0.75, Recall: 0.75}, {Threshold: 0.5, Precision: 2.0 / 3, Recall: 0.5}, {Threshold: float64(float32(0.9)), Precision: 1, Recall: 0.25},
	}
	got := reportingCurve(all, 4)
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("point %d: %+v, want %+v", i, got[i], want[i])
		}
	}
	if best := (&checkpoints.Reporting{Curve: got}).Best(); best != want[2] {
		t.Errorf("best %+v", best)
	}
	long := make([]checkpoints.ReportingPoint, 1001)
	for i := range long {
		long[i].Threshold = float64(i)
	}
	if some := thinned(long); len(some) != mostCurvePoints || some[0].Threshold != 0 || some[len(some)-1].Threshold != 1000 {
		t.Errorf("%d points", len(some))
	}
}

func TestSentencesWithoutSkillHaveTheCorpussShare(t *testing.T) {
	data := &dataset.BiEncoder{Training: make([]train.PairExample, 30), Queries: make([]dataset.Query, 10), Without: []string{"a", "b", "c", "d", "e", "f", "g", "h"}}
	got := withoutSkill(data) // 8 of 40 for each, so 2 for 10
	if len(got) != 2 || got[0].Text != "a" || got[1].Text != "e" || got[0].Skills != nil {
		t.Errorf("%+v", got)
	}
	if got := withoutSkill(&dataset.BiEncoder{Queries: data.Queries}); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}
