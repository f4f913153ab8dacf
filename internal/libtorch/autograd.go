package libtorch

// #include "bridge.h"
import "C"

import (
	"fmt"
	"unsafe"

	lib "github.com/sugarme/gotch/libtch"
)

// NoGrad runs f with gradient recording off on this thread, and restores the earlier mode whatever happens. It nests.
func NoGrad(f func()) {
	before := C.ss_grad_mode(0)
	defer C.ss_grad_mode(before)
	f()
}

// Parameter marks t, a leaf that owns its memory, as trainable (or frozen).
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

// CopyInto overwrites destination with source's values (same number of elements, any type or device) outside autograd.
func CopyInto(destination, source Tensor) error {
	if err := bridgeError(C.ss_copy_into(destination.bridge(), source.bridge())); err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	return nil
}

// Lerp moves destination's values by share of the way to those of source (same shape, type and device) outside autograd.
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

// handles views tensors as the bridge's array type; nil for none.
func handles(tensors []Tensor) *C.ss_tensor {
	return (*C.ss_tensor)(unsafe.Pointer(unsafe.SliceData(tensors)))
}

// ClearGradients forgets the parameters' gradients and frees their memory.
func ClearGradients(parameters []Tensor) error {
	if err := bridgeError(C.ss_clear_grads(handles(parameters), C.size_t(len(parameters)))); err != nil {
		return fmt.Errorf("clear gradients: %w", err)
	}
	return nil
}

// CoalesceGradients sums the rows of sparse gradients that name one row of a table several times: sums of many backward passes
// then take the memory of the rows that differ. Dense gradients stay as they are.
func CoalesceGradients(parameters []Tensor) error {
	if err := bridgeError(C.ss_coalesce_gradients(handles(parameters), C.size_t(len(parameters)))); err != nil {
		return fmt.Errorf("coalesce gradients: %w", err)
	}
	return nil
}

// ScaleGradients multiplies the parameters' gradients by factor.
func ScaleGradients(parameters []Tensor, factor float64) error {
	if err := bridgeError(C.ss_scale_gradients(handles(parameters), C.size_t(len(parameters)), C.double(factor))); err != nil {
		return fmt.Errorf("scale gradients: %w", err)
	}
	return nil
}

// ClipGradients returns the L2 norm over all gradients and, where maxNorm > 0 is exceeded, scales them to it.
func ClipGradients(parameters []Tensor, maxNorm float64) (norm float64, err error) {
	var out C.double
	err = bridgeError(C.ss_clip_gradients(handles(parameters), C.size_t(len(parameters)), C.double(maxNorm), &out))
	if err != nil {
		return 0, fmt.Errorf("clip gradients: %w", err)
	}
	return float64(out), nil
}
