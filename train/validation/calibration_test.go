package validation

import (
	"math"
	"testing"

	"skillspace/data/corpus"
	"skillspace/embedding"
)

// The rule chooses the threshold: full recall and the best F1 keep four of these sentences, full precision two.
func TestRuleChoosesTheThreshold(t *testing.T) {
	logits := []float32{3, 2, 1, 0, -1, -2}
	sentences := []corpus.Labelled{{Text: "a", Skill: true}, {Text: "b", Skill: true}, {Text: "c"}, {Text: "d", Skill: true}, {Text: "e"}, {Text: "f"}}
	for _, c := range []struct {
		rule     Threshold
		kept     int
		accurate bool // whether everything that is kept names a skill
	}{
		{Threshold{Rule: "recall", Target: 1}, 4, false},
		{Threshold{Rule: "precision", Target: 1}, 2, true},
		{Threshold{Rule: "best_f1", Calibrate: true}, 4, false},
	} {
		calibration := NewCalibration(c.rule, sentences, "", &embedding.SentenceFilter{})
		f, err := calibration.judge(logits)
		if err != nil {
			t.Fatal(err)
		}
		d := f.Decisions
		if d.TruePositive+d.FalsePositive != c.kept || (d.FalsePositive == 0) != c.accurate {
			t.Errorf("%+v keeps %+v", c.rule, d)
		}
		if calibrated := f.Temperature != 1; calibrated != c.rule.Calibrate || f.After.LogLoss > f.Before.LogLoss+1e-12 {
			t.Errorf("%+v: temperature %v, log loss %v and %v", c.rule, f.Temperature, f.Before.LogLoss, f.After.LogLoss)
		}
		if own := f.Systems[0]; math.Abs(own.Recall-float64(d.TruePositive)/3) > 1e-12 || own.Threshold != f.Threshold {
			t.Errorf("%+v: %+v", c.rule, own)
		}
	}
}

// A precision that the filter does not reach must not end a training.
func TestUnreachablePrecision(t *testing.T) {
	sentences := []corpus.Labelled{{Text: "a"}, {Text: "b", Skill: true}, {Text: "c", Skill: true}}
	f, err := NewCalibration(Threshold{Rule: "precision", Target: 0.99}, sentences, "", &embedding.SentenceFilter{}).judge([]float32{3, 2, 1})
	if err != nil || f.Decisions.TruePositive != 2 || f.Decisions.FalsePositive != 1 {
		t.Errorf("%+v, %v", f, err)
	}
}
