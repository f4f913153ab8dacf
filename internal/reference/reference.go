// Package reference reads the values that PyTorch and transformers computed (scripts/parity) and compares tensors with
// them. Only tests import it.
package reference

import (
	"math"
	"testing"

	"skillspace/internal/libtorch"
	"skillspace/model/safetensors"
)

// Values is an open file of reference values. A value that is missing ends the test.
type Values struct {
	t    *testing.T
	file *safetensors.File
}

// Open opens a file of reference values until the test ends.
func Open(t *testing.T, path string) Values {
	t.Helper()
	file, err := safetensors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return Values{t, file}
}

// Floats returns an F32 value and its shape.
func (v Values) Floats(name string) ([]float32, []int64) {
	v.t.Helper()
	info, data, ok := v.file.Tensor(name)
	if !ok || info.DType != "F32" {
		v.t.Fatalf("%s: no F32 tensor %q", v.file.Path, name)
	}
	return safetensors.Float32s(data), info.Shape
}

// Ints returns an I64 value and its shape.
func (v Values) Ints(name string) ([]int64, []int64) {
	v.t.Helper()
	info, data, ok := v.file.Tensor(name)
	if !ok || info.DType != "I64" {
		v.t.Fatalf("%s: no I64 tensor %q", v.file.Path, name)
	}
	values := make([]int64, len(data)/8)
	for i := range values {
		for b := range 8 {
			values[i] |= int64(data[8*i+b]) << (8 * b)
		}
	}
	return values, info.Shape
}

// Tensor returns an F32 value as a tensor that records gradients.
func (v Values) Tensor(s *libtorch.Scope, name string) libtorch.Tensor {
	v.t.Helper()
	values, shape := v.Floats(name)
	t := s.Float32s(values, shape...)
	if err := s.Err(); err != nil {
		v.t.Fatal(err)
	}
	if err := libtorch.Parameter(t, true); err != nil {
		v.t.Fatal(err)
	}
	return t
}

// Near compares a Float32 tensor with an F32 value. No element may differ by more than tolerance.
func (v Values) Near(name string, got libtorch.Tensor, tolerance float64) {
	v.t.Helper()
	want, _ := v.Floats(name)
	if !got.Defined() {
		v.t.Errorf("%s: not defined", name)
		return
	}
	values, err := got.Float32s()
	if err != nil || len(values) != len(want) {
		v.t.Errorf("%s: %d values, want %d (%v)", name, len(values), len(want), err)
		return
	}
	worst := 0.0
	for i := range want {
		worst = max(worst, math.Abs(float64(values[i]-want[i])))
	}
	if worst > tolerance || math.IsNaN(worst) {
		v.t.Errorf("%s: largest difference %.3g, want at most %.3g", name, worst, tolerance)
	}
}
