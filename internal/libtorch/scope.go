// Package libtorch is skillspace's only door to libtorch: tensors, scopes that free them, autograd, autocast, generator state
// and a fused AdamW. It holds no model and no training logic. Ordinary operations go through gotch's package libtch, the
// others through bridge.h.
//
// # Rules of use
//
// Errors and gradient mode belong to an OS thread in libtorch. Everything therefore runs inside [Do], which locks the
// goroutine to its thread. A [Scope] owns every tensor that its operations make, and remembers the first error. After an
// error its operations return the zero Tensor and do nothing, so that a forward pass checks [Scope.Err] once, at its end.
//
// # Adding an operation
//
// Set-up compiles only those functions of libtch that this package names (scripts/trimgotch). After naming another one, the
// build says "undefined: lib.Atg…": run make setup.
package libtorch

// #include "bridge.h"
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"unsafe"

	lib "github.com/sugarme/gotch/libtch"
)

// Scope owns the tensors that its operations make, and remembers the first error of an operation.
// It is for one goroutine, inside [Do].
type Scope struct {
	owned []lib.Ctensor
	err   error
}

// Do runs f with a new scope, on a goroutine locked to its OS thread, and frees the scope afterwards. It returns f's error, or
// else the scope's. It returns a panic in f as an error.
func Do(f func(s *Scope) error) (err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	s := NewScope()
	defer func() {
		s.Close()
		if p := recover(); p != nil {
			err = fmt.Errorf("libtorch scope: %v", p)
		}
	}()
	if err := f(s); err != nil {
		return err
	}
	return s.err
}

// NewScope returns an empty scope; the caller closes it.
func NewScope() *Scope { return &Scope{} }

// Close frees every tensor that the scope still owns. The scope may be used again.
func (s *Scope) Close() {
	for _, t := range s.owned {
		C.ss_free(C.ss_tensor(unsafe.Pointer(t)))
	}
	s.owned = s.owned[:0]
}

// Err returns the first error of the scope's operations.
func (s *Scope) Err() error { return s.err }

// Fail records err as the scope's error if it is not nil and the scope has none yet.
func (s *Scope) Fail(err error) {
	if s.err == nil && err != nil {
		s.err = err
	}
}

// Within runs f with a new scope that is closed afterwards. Its error becomes the error of s.
func (s *Scope) Within(f func(inner *Scope)) {
	if s.err != nil {
		return
	}
	inner := NewScope()
	defer inner.Close()
	f(inner)
	s.Fail(inner.err)
}

// Move transfers ownership of t from s to another scope, so that t outlives s, and returns t.
func (s *Scope) Move(t Tensor, to *Scope) Tensor {
	for i, owned := range slices.Backward(s.owned) {
		if owned == t.c {
			s.owned = append(s.owned[:i], s.owned[i+1:]...)
			to.owned = append(to.owned, t.c)
			return t
		}
	}
	switch {
	case t.Defined():
		to.Fail(errors.New("move: the scope does not own the tensor"))
	case s.err == nil: // otherwise s says why t is not defined
		to.Fail(errors.New("move: the tensor is not defined"))
	}
	return t
}

// adopt takes ownership of an operation's result. If the operation has failed, it records the error.
func (s *Scope) adopt(out lib.Ctensor, operation string) Tensor {
	if out == nil {
		err := gotchError()
		if err == nil {
			err = errors.New("libtorch: no result and no message")
		}
		s.Fail(fmt.Errorf("%s: %w", operation, err))
		return Tensor{}
	}
	s.owned = append(s.owned, out)
	return Tensor{out}
}

// shapeOf returns the shape of an operation's input, which must have the given number of dimensions. It returns nil after an
// error, this one or an earlier one.
func (s *Scope) shapeOf(operation string, x Tensor, want string, dims int) []int64 {
	if !s.ready(operation, x) {
		return nil
	}
	shape, err := x.Shape()
	switch {
	case err != nil:
		s.Fail(fmt.Errorf("%s: %w", operation, err))
		return nil
	case len(shape) != dims:
		s.Fail(fmt.Errorf("%s: want %s, got %v", operation, want, shape))
		return nil
	}
	return shape
}

// ready reports whether an operation on the given inputs may run: no earlier error, and every input defined.
func (s *Scope) ready(operation string, inputs ...Tensor) bool {
	if s.err != nil {
		return false
	}
	for i, t := range inputs {
		if !t.Defined() {
			s.err = fmt.Errorf("%s: tensor %d of %d is not defined", operation, i+1, len(inputs))
			return false
		}
	}
	return true
}
