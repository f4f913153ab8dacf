package libtorch

import (
	"errors"
	"math"
	"strings"
	"testing"
)

func TestOperationsAndGradients(t *testing.T) {
	err := Do(func(s *Scope) error {
		x := s.Float32s([]float32{1, -2, 3, 4}, 2, 2)
		if err := Parameter(x, true); err != nil {
			return err
		}
		loss := s.Sum(s.Mul(x, x))
		if err := s.Err(); err != nil {
			return err
		}
		if value, err := loss.Float(); err != nil || value != 30 {
			t.Errorf("loss = %v, %v; want 30", value, err)
		}
		if err := Backward(loss); err != nil {
			return err
		}
		grad, err := s.Gradient(x).Float32s()
		if err != nil {
			return err
		}
		for i, want := range []float32{2, -4, 6, 8} {
			if grad[i] != want {
				t.Errorf("gradient[%d] = %v, want %v", i, grad[i], want)
			}
		}
		norm, err := ClipGradients([]Tensor{x}, 1)
		if err != nil || math.Abs(norm-math.Sqrt(120)) > 1e-5 {
			t.Errorf("norm = %v, %v", norm, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFirstErrorSticks(t *testing.T) {
	err := Do(func(s *Scope) error {
		x := s.Zeros(Float32, CPU, 2, 3)
		y := s.Zeros(Float32, CPU, 4, 5)
		bad := s.MatMul(x, y)
		s.Add(bad, x)
		if bad.Defined() {
			t.Error("a failed operation returned a tensor")
		}
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "matmul: libtorch: ") || strings.Contains(err.Error(), "Exception raised") {
		t.Fatalf("error = %v", err)
	}
}

func TestPanicBecomesError(t *testing.T) {
	if err := Do(func(*Scope) error { panic("boom") }); err == nil || !strings.Contains(err.Error(), "boom") {
		t.Fatalf("error = %v", err)
	}
	wanted := errors.New("mine")
	if err := Do(func(*Scope) error { return wanted }); !errors.Is(err, wanted) {
		t.Fatalf("error = %v", err)
	}
}

func TestGeneratorReplays(t *testing.T) {
	err := Do(func(s *Scope) error {
		if err := Seed(7); err != nil {
			return err
		}
		state, err := GeneratorState()
		if err != nil {
			return err
		}
		first, err := s.Normal(0, 1, 1000).Float32s()
		if err != nil {
			return err
		}
		if err := SetGeneratorState(state); err != nil {
			return err
		}
		second, err := s.Normal(0, 1, 1000).Float32s()
		if err != nil {
			return err
		}
		for i := range first {
			if first[i] != second[i] {
				t.Fatalf("draw %d: %v, then %v", i, first[i], second[i])
			}
		}
		return SetGeneratorState(state[:100])
	})
	if err == nil {
		t.Error("a truncated generator state was accepted")
	}
}

func TestNoGradNestsAndSurvivesPanic(t *testing.T) {
	err := Do(func(s *Scope) error {
		x := s.Float32s([]float32{1}, 1)
		if err := Parameter(x, true); err != nil {
			return err
		}
		func() {
			defer func() { _ = recover() }()
			NoGrad(func() { NoGrad(func() {}); panic("inside") })
		}()
		return Backward(s.Sum(s.Mul(x, x)))
	})
	if err != nil {
		t.Fatal(err)
	}
}
