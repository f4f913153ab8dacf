package libtorch_test

import (
	"math"
	"slices"
	"testing"

	"skillspace/internal/libtorch"
)

// attentionInputs are a query, a key and a value [2, 2, 3, 4], and a mask [2, 1, 1, 3] that hides the last key of the second
// sequence.
func attentionInputs(s *libtorch.Scope) (query, key, value, mask libtorch.Tensor) {
	if err := libtorch.Seed(7); err != nil {
		s.Fail(err)
	}
	x := func() libtorch.Tensor { return s.Normal(0, 1, 2, 2, 3, 4) }
	return x(), x(), x(), s.Float32s([]float32{0, 0, 0, 0, 0, -1e30}, 2, 1, 1, 3)
}

func TestAttentionIsTheSoftmaxOfScores(t *testing.T) {
	if err := libtorch.Do(func(s *libtorch.Scope) error {
		query, key, value, mask := attentionInputs(s)
		got, err := s.Attention(query, key, value, mask, 0).Float32s()
		if err != nil {
			return err
		}
		scores := s.Add(s.Scale(s.MatMul(query, s.Transpose(key, -2, -1)), 0.5), mask)
		want, err := s.MatMul(s.Softmax(scores, -1, libtorch.Float32), value).Float32s()
		if err != nil {
			return err
		}
		for i := range want {
			if math.Abs(float64(got[i]-want[i])) > 1e-6 {
				t.Errorf("value %d is %v, want %v", i, got[i], want[i])
			}
		}
		half, err := s.To(s.Attention(s.To(query, libtorch.BFloat16), s.To(key, libtorch.BFloat16), s.To(value, libtorch.BFloat16), mask, 0), libtorch.Float32).Float32s()
		for i := range half {
			if math.Abs(float64(half[i]-want[i])) > 0.05 {
				t.Errorf("in bfloat16 value %d is %v, want %v", i, half[i], want[i])
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestAttentionDropsProbabilitiesAndTrainsItsBias(t *testing.T) {
	if err := libtorch.Do(func(s *libtorch.Scope) error {
		query, key, value, mask := attentionInputs(s)
		bias := s.Zeros(libtorch.Float32, libtorch.CPU, 1, 2, 3, 3)
		if err := libtorch.Parameter(bias, true); err != nil {
			return err
		}
		plain, err := s.Attention(query, key, value, s.Add(bias, mask), 0).Float32s()
		if err != nil {
			return err
		}
		dropped := s.Attention(query, key, value, s.Add(bias, mask), 0.5)
		if values, err := dropped.Float32s(); err != nil || slices.Equal(values, plain) {
			t.Errorf("dropout changed nothing: %v", err)
		}
		if err := libtorch.Backward(s.Sum(s.Mul(dropped, dropped))); err != nil {
			return err
		}
		gradient, err := s.Gradient(bias).Float32s()
		if err != nil || !slices.ContainsFunc(gradient, func(g float32) bool { return g != 0 }) {
			t.Errorf("the bias has the gradient %v: %v", gradient, err)
		}
		other := libtorch.NewScope()
		defer other.Close()
		if other.Attention(query, key, value, libtorch.Tensor{}, 0); other.Err() == nil {
			t.Error("no mask: no error")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
