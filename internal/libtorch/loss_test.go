package libtorch

import (
	"math"
	"testing"
)

// focal is the loss of one logit as the paper writes it, with the slope by central difference.
func focal(logit, target, weight, gamma float64) float64 {
	p := 1 / (1 + math.Exp(-logit))
	return -(target*weight*math.Pow(1-p, gamma)*math.Log(p) + (1-target)*math.Pow(p, gamma)*math.Log(1-p))
}

func TestFocalLossIsThePapers(t *testing.T) {
	logits := []float32{-6, -1.5, -0.2, 0, 0.3, 2, 5, 1}
	targets := []float32{1, 0, 1, 1, 0, 1, 0, 0.9} // the last one smoothed
	const weight, step = 1.7, 1e-5
	for _, gamma := range []float64{0, 0.5, 2, 5} {
		err := Do(func(s *Scope) error {
			x := s.Float32s(logits, 8)
			if err := Parameter(x, true); err != nil {
				return err
			}
			loss := s.FocalLoss(x, s.Float32s(targets, 8), s.Float32s([]float32{weight}, 1), gamma)
			value, err := loss.Float()
			if err != nil {
				return err
			}
			if err := Backward(loss); err != nil {
				return err
			}
			slopes, err := s.Gradient(x).Float32s()
			if err != nil {
				return err
			}
			want := 0.0
			for i, logit := range logits {
				z, y := float64(logit), float64(targets[i])
				want += focal(z, y, weight, gamma) / 8
				slope := (focal(z+step, y, weight, gamma) - focal(z-step, y, weight, gamma)) / (2 * step) / 8
				if math.Abs(float64(slopes[i])-slope) > 1e-6 {
					t.Errorf("gamma %v, logit %v: slope %v, want %v", gamma, logit, slopes[i], slope)
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

// A logit that the paper's form overflows at must keep a finite loss and slope.
func TestFocalLossOfLargeLogits(t *testing.T) {
	err := Do(func(s *Scope) error {
		x := s.Float32s([]float32{300, -300, 300, -300}, 4)
		if err := Parameter(x, true); err != nil {
			return err
		}
		loss := s.FocalLoss(x, s.Float32s([]float32{1, 1, 0, 0}, 4), s.Float32s([]float32{1}, 1), 2)
		if err := Backward(loss); err != nil {
			return err
		}
		value, err := loss.Float()
		if err != nil {
			return err
		}
		slopes, err := s.Gradient(x).Float32s()
		if value != 150 || len(slopes) != 4 || slopes[0] != 0 || slopes[1] != -0.25 || slopes[2] != 0.25 || slopes[3] != 0 {
			t.Errorf("loss %v, slopes %v", value, slopes)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
