package libtorch_test

import (
	"fmt"
	"slices"
	"testing"

	"skillspace/internal/libtorch"
)

// The mask is the same on every processor and with every libtorch. libtorch's own dropout was not: 2.11 and 2.1.2 draw
// different masks, and those of 2.1.2 differ between Intel's processors and others.
func TestDropoutDrawsTheSameEverywhere(t *testing.T) {
	const want = "1101101111111011 1111111011111111 1111101111011111"
	for _, dtype := range []libtorch.DType{libtorch.Float32, libtorch.BFloat16} {
		if got := mask(t, dtype, 0.1, 3, 16); got != want {
			t.Errorf("%v: mask %s, want %s", dtype, got, want)
		}
	}
}

// mask returns which elements of a block dropout keeps after Seed(11), rows apart, and checks the factor and the gradient.
func mask(t *testing.T, dtype libtorch.DType, p float64, rows, columns int) (kept string) {
	t.Helper()
	if err := libtorch.Seed(11); err != nil {
		t.Fatal(err)
	}
	ones := slices.Repeat([]float32{1}, rows*columns)
	err := libtorch.Do(func(s *libtorch.Scope) error {
		x := s.Float32s(ones, int64(rows), int64(columns))
		if err := libtorch.Parameter(x, true); err != nil {
			return err
		}
		y := s.To(s.Dropout(s.To(x, dtype), p, true), libtorch.Float32)
		values, err := y.Float32s()
		if err != nil {
			return err
		}
		if err := libtorch.Backward(s.Sum(y)); err != nil {
			return err
		}
		gradients, err := s.Gradient(x).Float32s()
		if err != nil {
			return err
		}
		for i, value := range values {
			if i > 0 && i%columns == 0 {
				kept += " "
			}
			if value != 0 && (value < float32(0.995/(1-p)) || value > float32(1.005/(1-p))) || gradients[i] != value {
				return fmt.Errorf("element %d is %v with gradient %v, want 0 or %v for both", i, value, gradients[i], 1/(1-p))
			}
			kept += fmt.Sprint(min(1, int(value)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

func TestDropoutDropsTheShareAsked(t *testing.T) {
	const rows, columns = 300, 200
	for _, p := range []float64{0.1, 0.5} {
		dropped := 0
		for _, c := range mask(t, libtorch.Float32, p, rows, columns) {
			if c == '0' {
				dropped++
			}
		}
		if share := float64(dropped) / (rows * columns); share < p-0.01 || share > p+0.01 {
			t.Errorf("%v of the elements are dropped, want %v", share, p)
		}
	}
}

// A resumed run draws the same masks: the generator's state, and nothing else, determines them. A second draw differs.
func TestDropoutReplaysFromTheGeneratorsState(t *testing.T) {
	state, err := libtorch.GeneratorState()
	if err != nil {
		t.Fatal(err)
	}
	draw := func() (values []float32) {
		err := libtorch.Do(func(s *libtorch.Scope) (err error) {
			values, err = s.Dropout(s.Float32s(slices.Repeat([]float32{1}, 4096), 64, 64), 0.5, true).Float32s()
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return values
	}
	first, second := draw(), draw()
	if err := libtorch.SetGeneratorState(state); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(first, draw()) || slices.Equal(first, second) {
		t.Error("the masks do not follow the generator's state")
	}
}
