package libtorch_test

import (
	"math"
	"testing"

	"skillspace/internal/libtorch"
)

// focal is the loss of one logit as the paper writes it, whose gradient the test takes by central differences.
func focal(logit, target, weight, gamma float64) float64 {
	p := 1 / (1 + math.Exp(-logit))
	return -(target*weight*math.Pow(1-p, gamma)*math.Log(p) + (1-target)*math.Pow(p, gamma)*math.Log(1-p))
}

func TestFocalLossIsThePapers(t *testing.T) {
	logits := []float32{-6, -1.5, -0.2, 0, 0.3, 2, 5, 1}
	targets := []float32{1, 0, 1, 1, 0, 1, 0, 0.9} // the last one smoothed
	const weight, step = 1.7, 1e-5
	for _, gamma := range []float64{0, 0.5, 2, 5} {
		err := libtorch.Do(func(s *libtorch.Scope) error {
			x := s.Float32s(logits, 8)
			if err := libtorch.Parameter(x, true); err != nil {
				return err
			}
			loss := s.FocalLoss(x, s.Float32s(targets, 8), s.Float32s([]float32{weight}, 1), gamma)
			value, err := loss.Float()
			if err != nil {
				return err
			}
			if err := libtorch.Backward(loss); err != nil {
				return err
			}
			gradients, err := s.Gradient(x).Float32s()
			if err != nil {
				return err
			}
			want := 0.0
			for i, logit := range logits {
				z, y := float64(logit), float64(targets[i])
				want += focal(z, y, weight, gamma) / 8
				gradient := (focal(z+step, y, weight, gamma) - focal(z-step, y, weight, gamma)) / (2 * step) / 8
				if math.Abs(float64(gradients[i])-gradient) > 1e-6 {
					t.Errorf("gamma %v, logit %v: gradient %v, want %v", gamma, logit, gradients[i], gradient)
				}
			}
			if math.Abs(value-want) > 1e-6*want {
				t.Errorf("gamma %v: loss %v, want %v", gamma, value, want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A logit that the paper's form overflows at must keep a finite loss and gradient.
func TestFocalLossOfLargeLogits(t *testing.T) {
	err := libtorch.Do(func(s *libtorch.Scope) error {
		x := s.Float32s([]float32{300, -300, 300, -300}, 4)
		if err := libtorch.Parameter(x, true); err != nil {
			return err
		}
		loss := s.FocalLoss(x, s.Float32s([]float32{1, 1, 0, 0}, 4), s.Float32s([]float32{1}, 1), 2)
		if err := libtorch.Backward(loss); err != nil {
			return err
		}
		value, err := loss.Float()
		if err != nil {
			return err
		}
		gradients, err := s.Gradient(x).Float32s()
		if value != 150 || len(gradients) != 4 || gradients[0] != 0 || gradients[1] != -0.25 || gradients[2] != 0.25 || gradients[3] != 0 {
			t.Errorf("loss %v, gradients %v", value, gradients)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSaturatedLSTMEqualsLibtorchs drives the gates far beyond where exp overflows, in both directions of time.
func TestSaturatedLSTMEqualsLibtorchs(t *testing.T) {
	err := libtorch.Do(func(s *libtorch.Scope) error {
		const steps, in, hidden = 4, 2, 3
		w := libtorch.LSTMWeights{InputHidden: s.Normal(0, 1, 4*hidden, in), HiddenHidden: s.Normal(0, 1, 4*hidden, hidden),
			InputBias: s.Normal(0, 1, 4*hidden), HiddenBias: s.Normal(0, 1, 4*hidden)}
		input := s.Normal(0, 400, steps, in)
		ours, err := s.PackedLSTM(input, w, s.Int64s([]int64{0, steps}, 2), libtorch.Float32, false).Float32s()
		if err != nil {
			return err
		}
		theirs, err := s.PaddedLSTM(s.Reshape(input, steps, 1, in), w, hidden, libtorch.CPU).Float32s()
		if err != nil {
			return err
		}
		for i := range theirs {
			if d := math.Abs(float64(ours[i] - theirs[i])); !(d <= 1e-5) {
				t.Errorf("output %d: %v, libtorch's is %v", i, ours[i], theirs[i])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
