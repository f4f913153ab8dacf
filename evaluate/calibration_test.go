package evaluate

import (
	"math"
	"math/rand/v2"
	"testing"
)

// drawn returns logits, and labels drawn with the probabilities that the logits have at a temperature.
func drawn(n int, temperature float64) (logits []float32, positive []bool) {
	random := rand.New(rand.NewPCG(1, 2))
	for range n {
		logit := random.NormFloat64() * 4
		logits = append(logits, float32(logit))
		positive = append(positive, random.Float64() < 1/(1+math.Exp(-logit/temperature)))
	}
	return logits, positive
}

func probabilities(logits []float32, temperature float64) []float32 {
	out := make([]float32, len(logits))
	for i, z := range logits {
		out[i] = float32(1 / (1 + math.Exp(-float64(z)/temperature)))
	}
	return out
}

func TestTemperatureIsFound(t *testing.T) {
	for _, want := range []float64{0.5, 1, 3} {
		logits, positive := drawn(40000, want)
		got, err := FitTemperature(logits, positive)
		if err != nil || math.Abs(got/want-1) > 0.03 {
			t.Errorf("temperature %v, %v, want %v", got, err, want)
		}
		best := LogLoss(logits, positive, got)
		for _, other := range []float64{got * 1.001, got / 1.001} {
			if loss := LogLoss(logits, positive, other); loss <= best {
				t.Errorf("log loss %v at %v, %v at the fitted %v", loss, other, best, got)
			}
		}
		before, _ := Reliability(probabilities(logits, 1), positive)
		after, _ := Reliability(probabilities(logits, got), positive)
		if e := CalibrationError(after); e > 0.01 || (want != 1 && e > CalibrationError(before)/4) {
			t.Errorf("calibration error %v, before %v", e, CalibrationError(before))
		}
	}
}

func TestTemperatureStaysBounded(t *testing.T) {
	for _, c := range []struct {
		logits   []float32
		positive []bool
		want     float64
	}{
		{[]float32{1, -1}, []bool{true, false}, 0.01}, // parted without a mistake
		{[]float32{1, -1}, []bool{false, true}, 100},  // all wrong
		{[]float32{3e38, -3e38, 1}, []bool{true, false, true}, 0.01},
	} {
		got, err := FitTemperature(c.logits, c.positive)
		if err != nil || math.Abs(got/c.want-1) > 1e-9 {
			t.Errorf("%v: %v, %v, want %v", c.logits, got, err, c.want)
		}
	}
	for name, logits := range map[string][]float32{"NaN": {float32(math.NaN()), 1}, "a length": {1}} {
		if _, err := FitTemperature(logits, []bool{true, false}); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestReliability(t *testing.T) {
	bins, err := Reliability([]float32{0, 0.01, 0.5, 0.52, 1, 1, 1}, []bool{false, true, true, false, true, true, false})
	if err != nil || len(bins) != 3 {
		t.Fatalf("%v, %v", bins, err)
	}
	want := []ReliabilityBin{{2, 0.005, 0.5}, {2, 0.51, 0.5}, {3, 1, 2.0 / 3}}
	for i, bin := range bins {
		if bin.Sentences != want[i].Sentences || !near(bin.Predicted, want[i].Predicted, 1e-6) || !near(bin.Observed, want[i].Observed, 1e-9) {
			t.Errorf("bin %d is %+v, want %+v", i, bin, want[i])
		}
	}
	if e := CalibrationError(bins); !near(e, (2*0.495+2*0.01+1)/7, 1e-6) {
		t.Errorf("calibration error %v", e)
	}
	for _, p := range []float32{-0.1, 1.1, float32(math.NaN())} {
		if _, err := Reliability([]float32{p}, []bool{true}); err == nil {
			t.Errorf("%v was accepted", p)
		}
	}
}
