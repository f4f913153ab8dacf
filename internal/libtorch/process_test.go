package libtorch_test

import (
	"runtime"
	"testing"

	"skillspace/internal/libtorch"
)

// A product in bfloat16 is compiled from a description that oneDNN may have copied from another thread's product of the same
// shape. The copy used to hold an address in that product's description after it was freed: see process.cpp.
func TestProductsOfOneShapeOnTwoThreads(t *testing.T) {
	layer := smallLayer(t)
	first, second := newThread(t), newThread(t)
	const shape, others = 37, 200
	for round := range 5 {
		tokens := int64(shape + 1000*round)
		pass := func(tokens int64) func() error { return func() error { return bfloat16Pass(layer, tokens) } }
		first.do(t, pass(tokens))  // describes the product and compiles it
		second.do(t, pass(tokens)) // shares the description
		for i := range int64(others) {
			first.do(t, pass(1+i)) // and both caches have forgotten the first thread's
		}
		second.do(t, pass(tokens))
	}
}

const smallHidden, smallIntermediate = 16, 32

// smallLayer has weights of 1, so that what is freed and used again is no longer an address.
func smallLayer(t *testing.T) *libtorch.EncoderLayer {
	t.Helper()
	s := libtorch.NewScope()
	t.Cleanup(s.Close)
	ones := func(shape ...int64) libtorch.Tensor {
		n := int64(1)
		for _, size := range shape {
			n *= size
		}
		values := make([]float32, n)
		for i := range values {
			values[i] = 1
		}
		return s.Float32s(values, shape...)
	}
	const h, i = smallHidden, smallIntermediate
	parameters := []libtorch.Tensor{
		ones(h, h), ones(h), ones(h, h), ones(h), ones(h, h), ones(h), ones(h, h), ones(h), ones(h), ones(h), // attention and its LayerNorm
		ones(i, h), ones(i), ones(h, i), ones(h), ones(h), ones(h),
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	layer, err := libtorch.NewEncoderLayer(parameters, 2, libtorch.Gelu, 1e-12)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(layer.Close)
	return layer
}

func bfloat16Pass(layer *libtorch.EncoderLayer, tokens int64) error {
	offsets := []int64{0}
	for row := int64(0); row < tokens; {
		row = min(tokens, row+64)
		offsets = append(offsets, row)
	}
	return libtorch.Do(func(s *libtorch.Scope) error {
		libtorch.NoGrad(func() {
			hidden := s.To(s.Zeros(libtorch.Float32, libtorch.CPU, tokens, smallHidden), libtorch.BFloat16)
			s.EncoderLayer(layer, hidden, s.Int64s(offsets, int64(len(offsets))), libtorch.EncoderLayerOptions{})
		})
		return s.Err()
	})
}

// thread runs functions on one operating system's thread, which ends with the test.
type thread struct {
	functions chan func() error
	errors    chan error
}

func newThread(t *testing.T) *thread {
	th := &thread{make(chan func() error), make(chan error)}
	go func() {
		runtime.LockOSThread()
		for f := range th.functions {
			th.errors <- f()
		}
	}()
	t.Cleanup(func() { close(th.functions) })
	return th
}

func (th *thread) do(t *testing.T, f func() error) {
	t.Helper()
	th.functions <- f
	if err := <-th.errors; err != nil {
		t.Fatal(err)
	}
}
