package evaluate

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"skillspace/data/corpus"
)

func TestBinaryAgreesWithScikitLearn(t *testing.T) {
	var cases []struct {
		Labels                    []bool
		Scores                    []float32
		Threshold                 float64
		AP, Precision, Recall, F1 float64
		BestThreshold             float64 `json:"best_threshold"`
		BestF1                    float64 `json:"best_f1"`
		Recall90                  float64 `json:"recall_90"`
		Precision60               float64 `json:"precision_60"`
	}
	golden(t, "binary.json", &cases)
	for i, c := range cases {
		curve, err := NewCurve(c.Scores, c.Labels)
		if err != nil {
			t.Fatal(err)
		}
		same := func(what string, got, want float64) {
			if !near(got, want, 1e-9) {
				t.Errorf("case %d: %s = %v, want %v", i, what, got, want)
			}
		}
		n := curve.At(c.Threshold)
		same("ap", curve.AveragePrecision(), c.AP)
		same("precision", n.Precision(), c.Precision)
		same("recall", n.Recall(), c.Recall)
		same("f1", n.F1(), c.F1)
		threshold, f1 := curve.BestF1()
		same("best threshold", threshold, c.BestThreshold)
		same("best f1", f1, c.BestF1)
		threshold, err = curve.ThresholdForRecall(0.9)
		same("threshold for recall", threshold, c.Recall90)
		if err != nil {
			t.Error(err)
		}
		threshold, err = curve.ThresholdForPrecision(0.6)
		same("threshold for precision", threshold, c.Precision60)
		if err != nil {
			t.Error(err)
		}
	}
}

func TestCurveByHand(t *testing.T) {
	// Descending: 0.9 (+), 0.5 (-) and 0.5 (+) together, 0.1 (+). AP = 1/3*1 + 1/3*2/3 + 1/3*3/4.
	curve, err := NewCurve([]float32{0.5, 0.9, 0.1, 0.5}, []bool{false, true, true, true})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := curve.AveragePrecision(), (1+2.0/3+3.0/4)/3; !near(got, want, 1e-12) {
		t.Errorf("ap %v, want %v", got, want)
	}
	if got, want := curve.At(0.5), (Confusion{TruePositive: 2, FalsePositive: 1, FalseNegative: 1}); got != want {
		t.Errorf("at 0.5: %+v, want %+v", got, want)
	}
	if got := curve.At(2); got.Precision() != 0 || got.F1() != 0 || got.TrueNegative != 1 {
		t.Errorf("nothing kept: %+v", got)
	}
	if got, err := curve.ThresholdForPrecision(0.9); err != nil || !near(got, float64(float32(0.9)), 0) {
		t.Errorf("precision 0.9 at %v, %v", got, err)
	}
	if got, err := curve.ThresholdForRecall(1); err != nil || !near(got, float64(float32(0.1)), 0) {
		t.Errorf("recall 1 at %v, %v", got, err)
	}
	// Counting a sentence twice is the same as having it twice.
	twice, err := NewCurve([]float32{0.5, 0.9, 0.1, 0.5, 0.5}, []bool{false, true, true, true, false})
	if err != nil {
		t.Fatal(err)
	}
	weighted, ok := curve.averagePrecision([]int32{2, 1, 1, 1})
	if !ok || !near(weighted, twice.AveragePrecision(), 1e-12) {
		t.Errorf("weighted ap %v, want %v", weighted, twice.AveragePrecision())
	}
	if _, ok := curve.averagePrecision([]int32{4, 0, 0, 0}); ok {
		t.Error("no positive left: ok")
	}
}

func TestCurveRefuses(t *testing.T) {
	for _, c := range []struct {
		scores   []float32
		positive []bool
	}{{nil, nil}, {[]float32{1}, []bool{false}}, {[]float32{1}, []bool{true, false}}, {[]float32{float32(math.NaN())}, []bool{true}}} {
		if _, err := NewCurve(c.scores, c.positive); err == nil {
			t.Errorf("%v %v: no error", c.scores, c.positive)
		}
	}
	curve, err := NewCurve([]float32{1, 0}, []bool{false, true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := curve.ThresholdForPrecision(0.9); !errors.Is(err, ErrUnreachable) {
		t.Errorf("unreachable precision: %v", err)
	}
	for _, want := range []float64{0, 1.1, math.NaN()} {
		if _, err := curve.ThresholdForPrecision(want); err == nil || errors.Is(err, ErrUnreachable) {
			t.Errorf("precision %v: %v", want, err)
		}
		if _, err := curve.ThresholdForRecall(want); err == nil {
			t.Errorf("recall %v: no error", want)
		}
	}
}

// fixedScorer gives the scores it has.
type fixedScorer struct {
	scores    map[string]float32
	threshold float64
}

func (f fixedScorer) Name() string { return "fixed" }

func (f fixedScorer) Threshold() float64 { return f.threshold }

func (f fixedScorer) ScoreSentences(_ context.Context, sentences []corpus.Sentence) ([]float32, error) {
	scores := make([]float32, len(sentences))
	for i, s := range sentences {
		scores[i] = f.scores[s.Text]
	}
	return scores, nil
}

type brokenScorer struct {
	fixedScorer
	scores    []float32
	threshold float64
}

func (b brokenScorer) Threshold() float64 { return b.threshold }

func (b brokenScorer) ScoreSentences(context.Context, []corpus.Sentence) ([]float32, error) {
	return b.scores, nil
}

func TestRunBinary(t *testing.T) {
	k := fixedScorer{map[string]float32{"you bake bread": 2, "java": 1, "java cafe": 1}, 1}
	sentences := []corpus.Labelled{
		{Text: "you bake bread", Skill: true},
		{Text: "java", Skill: true},
		{Text: "you sing", Skill: true},
		{Text: "nice office", Skill: false},
		{Text: "java cafe", Skill: false},
	}
	ctx := context.Background()
	report, err := RunBinary(ctx, []SentenceScorer{k}, "sample", sentences, RunOptions{ChunkSize: 2})
	if err != nil {
		t.Fatal(err)
	}
	r := report.Results[0]
	if want := (Confusion{TruePositive: 2, FalsePositive: 1, FalseNegative: 1, TrueNegative: 1}); r.Counts != want {
		t.Errorf("counts %+v, want %+v", r.Counts, want)
	}
	f1 := r.Metrics[F1]
	if !near(f1.Value, 2.0/3, 1e-12) || !(f1.Low < f1.Value && f1.Value < f1.High) || !near(r.BestF1, 0.75, 1e-12) {
		t.Errorf("f1 %+v, best %v", f1, r.BestF1)
	}
	for name, scorers := range map[string][]SentenceScorer{
		"named":    {k, k},
		"0 scores": {&brokenScorer{}},
		"NaN":      {&brokenScorer{scores: make([]float32, 5), threshold: math.NaN()}},
	} {
		if _, err := RunBinary(ctx, scorers, "sample", sentences, RunOptions{}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := RunBinary(ctx, []SentenceScorer{k}, "none", nil, RunOptions{}); err == nil {
		t.Error("no sentences: no error")
	}
}
