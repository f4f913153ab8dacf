package libtorch

// #include "bridge.h"
import "C"

import (
	"fmt"
	"unsafe"

	lib "github.com/sugarme/gotch/libtch"
)

// NoGrad runs f without recording gradients on this thread, and restores the previous mode, also after a panic. It nests.
func NoGrad(f func()) {
	before := C.ss_grad_mode(0)
	defer C.ss_grad_mode(before)
	f()
}

// Parameter makes t, a leaf, trainable or frozen.
func Parameter(t Tensor, trainable bool) error {
	if err := bridgeError(C.ss_set_leaf(t.bridge(), C.int(boolean(trainable)))); err != nil {
		return fmt.Errorf("parameter: %w", err)
	}
	return nil
}

// Backward computes the gradients of loss (a single element) into the parameters that it depends on.
func Backward(loss Tensor) error {
	if !loss.Defined() {
		return fmt.Errorf("backward: the loss is not defined")
	}
	if err := bridgeError(C.ss_backward(loss.bridge())); err != nil {
		return fmt.Errorf("backward: %w", err)
	}
	return nil
}

// Gradient returns t's gradient, of t's shape and dense, or the zero Tensor where no backward pass has reached t.
func (s *Scope) Gradient(t Tensor) Tensor {
	if !s.ready("gradient", t) {
		return Tensor{}
	}
	var out C.ss_tensor
	if err := bridgeError(C.ss_grad(t.bridge(), &out)); err != nil {
		s.Fail(fmt.Errorf("gradient: %w", err))
		return Tensor{}
	}
	if out != nil {
		s.owned = append(s.owned, lib.Ctensor(unsafe.Pointer(out)))
	}
	return wrap(out)
}

// Detach returns x without its graph. It shares x's memory.
func (s *Scope) Detach(x Tensor) Tensor {
	if !s.ready("detach", x) {
		return Tensor{}
	}
	var out C.ss_tensor
	if err := bridgeError(C.ss_detach(x.bridge(), &out)); err != nil {
		s.Fail(fmt.Errorf("detach: %w", err))
		return Tensor{}
	}
	return s.adopt(lib.Ctensor(unsafe.Pointer(out)), "detach")
}

// CopyInto overwrites destination with the values of source outside autograd. Both have the same number of elements; types
// and devices may differ.
func CopyInto(destination, source Tensor) error {
	if err := bridgeError(C.ss_copy_into(destination.bridge(), source.bridge())); err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	return nil
}

// Lerp replaces destination by destination + share·(source - destination) outside autograd. Both have one shape, type and
// device.
func Lerp(destination, source Tensor, share float64) error {
	s := NewScope()
	defer s.Close()
	if !s.ready("lerp", destination, source) {
		return s.err
	}
	NoGrad(func() {
		s.withScalar("lerp", destination, share, func(out *lib.Ctensor, x lib.Ctensor, v lib.Cscalar) { lib.AtgLerp_(out, x, source.c, v) })
	})
	return s.err
}
