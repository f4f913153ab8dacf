package libtorch_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"skillspace/internal/libtorch"
)

func TestOperationsAndGradients(t *testing.T) {
	err := libtorch.Do(func(s *libtorch.Scope) error {
		x := s.Float32s([]float32{1, -2, 3, 4}, 2, 2)
		if err := libtorch.Parameter(x, true); err != nil {
			return err
		}
		loss := s.Sum(s.Mul(x, x))
		if err := s.Err(); err != nil {
			return err
		}
		if value, err := loss.Float(); err != nil || value != 30 {
			t.Errorf("loss = %v, %v; want 30", value, err)
		}
		if err := libtorch.Backward(loss); err != nil {
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
		norm, err := libtorch.ClipGradients([]libtorch.Tensor{x}, 1)
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
	err := libtorch.Do(func(s *libtorch.Scope) error {
		x := s.Zeros(libtorch.Float32, libtorch.CPU, 2, 3)
		y := s.Zeros(libtorch.Float32, libtorch.CPU, 4, 5)
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
	if err := libtorch.Do(func(*libtorch.Scope) error { panic("boom") }); err == nil || !strings.Contains(err.Error(), "boom") {
		t.Fatalf("error = %v", err)
	}
	wanted := errors.New("mine")
	if err := libtorch.Do(func(*libtorch.Scope) error { return wanted }); !errors.Is(err, wanted) {
		t.Fatalf("error = %v", err)
	}
}

func TestGeneratorReplays(t *testing.T) {
	err := libtorch.Do(func(s *libtorch.Scope) error {
		if err := libtorch.Seed(7); err != nil {
			return err
		}
		state, err := libtorch.GeneratorState()
		if err != nil {
			return err
		}
		first, err := s.Normal(0, 1, 1000).Float32s()
		if err != nil {
			return err
		}
		if err := libtorch.SetGeneratorState(state); err != nil {
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
		return libtorch.SetGeneratorState(state[:100])
	})
	if err == nil {
		t.Error("a truncated generator state was accepted")
	}
}

func TestNoGradNestsAndSurvivesPanic(t *testing.T) {
	err := libtorch.Do(func(s *libtorch.Scope) error {
		x := s.Float32s([]float32{1}, 1)
		if err := libtorch.Parameter(x, true); err != nil {
			return err
		}
		func() {
			defer func() { _ = recover() }()
			libtorch.NoGrad(func() { libtorch.NoGrad(func() {}); panic("inside") })
		}()
		return libtorch.Backward(s.Sum(s.Mul(x, x)))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// BenchmarkOperation is what one operation costs on top of its arithmetic: the addition of a single element, whose handle is freed
// with its scope. `make bench` reports it; the limit is 2 microseconds.
func BenchmarkOperation(b *testing.B) {
	const ofAScope = 100 // about a layer's
	b.ReportAllocs()
	err := libtorch.Do(func(s *libtorch.Scope) error {
		x := s.Float32s([]float32{1}, 1)
		for done := 0; done < b.N; done += ofAScope {
			s.Within(func(in *libtorch.Scope) {
				for range min(ofAScope, b.N-done) {
					in.Add(x, x)
				}
			})
		}
		return s.Err()
	})
	if err != nil {
		b.Fatal(err)
	}
}
