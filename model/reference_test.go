package model

import (
	"math"
	"path/filepath"
	"testing"

	"skillspace/internal/libtorch"
	"skillspace/model/safetensors"
)

// reference is a file of values made by PyTorch and transformers (scripts/parity).
type reference struct {
	t    *testing.T
	file *safetensors.File
}

func openReference(t *testing.T, path string) reference {
	t.Helper()
	file, err := safetensors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return reference{t, file}
}

func openGolden(t *testing.T, name string) reference {
	return openReference(t, filepath.Join("..", "testdata", "reference", name+".safetensors"))
}

func (r reference) floats(name string) ([]float32, []int64) {
	r.t.Helper()
	info, data, ok := r.file.Tensor(name)
	if !ok || info.DType != "F32" {
		r.t.Fatalf("%s: no F32 tensor %q", r.file.Path, name)
	}
	return safetensors.Float32s(data), info.Shape
}

func (r reference) ints(name string) ([]int64, []int64) {
	r.t.Helper()
	info, data, ok := r.file.Tensor(name)
	if !ok || info.DType != "I64" {
		r.t.Fatalf("%s: no I64 tensor %q", r.file.Path, name)
	}
	values := make([]int64, len(data)/8)
	for i := range values {
		for b := range 8 {
			values[i] |= int64(data[8*i+b]) << (8 * b)
		}
	}
	return values, info.Shape
}

// tensor returns a reference value as a tensor that records gradients.
func (r reference) tensor(s *libtorch.Scope, name string) libtorch.Tensor {
	r.t.Helper()
	values, shape := r.floats(name)
	t := s.Float32s(values, shape...)
	if err := s.Err(); err != nil {
		r.t.Fatal(err)
	}
	if err := libtorch.Parameter(t, true); err != nil {
		r.t.Fatal(err)
	}
	return t
}

// near compares a tensor with a reference value.
func (r reference) near(name string, got libtorch.Tensor, tolerance float64) {
	r.t.Helper()
	want, _ := r.floats(name)
	if !got.Defined() {
		r.t.Errorf("%s: not defined", name)
		return
	}
	values, err := got.Float32s()
	if err != nil || len(values) != len(want) {
		r.t.Errorf("%s: %d values, want %d (%v)", name, len(values), len(want), err)
		return
	}
	worst := 0.0
	for i := range want {
		worst = max(worst, math.Abs(float64(values[i]-want[i])))
	}
	if worst > tolerance || math.IsNaN(worst) {
		r.t.Errorf("%s: largest difference %.3g, want at most %.3g", name, worst, tolerance)
	}
}

// batch rebuilds the sequences of a padded reference batch.
func (r reference) batch() *Batch {
	r.t.Helper()
	ids, shape := r.ints("input_ids")
	lengths, _ := r.ints("lengths")
	sequences := make([][]int32, len(lengths))
	for i, length := range lengths {
		for _, id := range ids[int64(i)*shape[1] : int64(i)*shape[1]+length] {
			sequences[i] = append(sequences[i], int32(id))
		}
	}
	b, err := NewBatch(sequences)
	if err != nil {
		r.t.Fatal(err)
	}
	return b
}

// run executes a test inside libtorch.Do.
func run(t *testing.T, f func(s *libtorch.Scope)) {
	t.Helper()
	if err := libtorch.Do(func(s *libtorch.Scope) error { f(s); return nil }); err != nil {
		t.Fatal(err)
	}
}
