package libtorch

/*
#cgo CXXFLAGS: -O3 -fopenmp-simd -DAT_PER_OPERATOR_HEADERS
#cgo LDFLAGS: -ltorch_cpu -lc10 -ldl -lstdc++
#include "bridge.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"unsafe"

	lib "github.com/sugarme/gotch/libtch"
)

// DType is an element type, numbered as libtorch's c10::ScalarType.
type DType int32

// The element types that skillspace uses, and NoDType, that of the zero Tensor.
const (
	NoDType  DType = -1
	Uint8    DType = 0
	Int32    DType = 3
	Int64    DType = 4
	Float16  DType = 5
	Float32  DType = 6
	Float64  DType = 7
	Bool     DType = 11
	BFloat16 DType = 15
)

// Size returns the bytes of one element, or 0 for a type that skillspace does not use.
func (d DType) Size() int {
	switch d {
	case Uint8, Bool:
		return 1
	case Float16, BFloat16:
		return 2
	case Int32, Float32:
		return 4
	case Int64, Float64:
		return 8
	}
	return 0
}

// String returns the type's name in PyTorch, such as "float32".
func (d DType) String() string {
	names := map[DType]string{NoDType: "none", Uint8: "uint8", Int32: "int32", Int64: "int64", Float16: "float16",
		Float32: "float32", Float64: "float64", Bool: "bool", BFloat16: "bfloat16"}
	if name, ok := names[d]; ok {
		return name
	}
	return fmt.Sprintf("dtype %d", int32(d))
}

// Tensor is an 8-byte handle of a libtorch tensor. The zero Tensor stands for "none". A tensor is freed by the scope that owns it.
type Tensor struct{ c lib.Ctensor }

// Defined reports whether t is not the zero Tensor.
func (t Tensor) Defined() bool { return t.c != nil }

func (t Tensor) bridge() C.ss_tensor { return C.ss_tensor(unsafe.Pointer(t.c)) }

func wrap(p C.ss_tensor) Tensor { return Tensor{lib.Ctensor(unsafe.Pointer(p))} }

// Shape returns the sizes of t's dimensions.
func (t Tensor) Shape() ([]int64, error) {
	if !t.Defined() {
		return nil, errors.New("shape: the tensor is not defined")
	}
	var sizes [16]C.int64_t
	var dims C.size_t
	if err := bridgeError(C.ss_sizes(t.bridge(), &sizes[0], 16, &dims)); err != nil {
		return nil, err
	}
	shape := make([]int64, dims)
	for i := range shape {
		shape[i] = int64(sizes[i])
	}
	return shape, nil
}

// DType returns t's element type, NoDType for the zero Tensor.
func (t Tensor) DType() DType {
	if !t.Defined() {
		return NoDType
	}
	return DType(lib.AtScalarType(t.c))
}

// Float32s copies t, of element type Float32 on any device, into Go memory, row-major.
func (t Tensor) Float32s() ([]float32, error) { return read[float32](t, Float32) }

// Int64s copies t, of element type Int64 on any device, into Go memory, row-major.
func (t Tensor) Int64s() ([]int64, error) { return read[int64](t, Int64) }

// Bytes copies t, of element type Uint8 on any device, into Go memory.
func (t Tensor) Bytes() ([]byte, error) { return read[byte](t, Uint8) }

// Float returns the value of a Float32 tensor with a single element.
func (t Tensor) Float() (float64, error) {
	values, err := t.Float32s()
	if err != nil {
		return 0, err
	}
	if len(values) != 1 {
		return 0, fmt.Errorf("want a tensor with a single element, got %d", len(values))
	}
	return float64(values[0]), nil
}

func read[E any](t Tensor, want DType) ([]E, error) {
	shape, err := t.Shape()
	if err != nil {
		return nil, err
	}
	if got := t.DType(); got != want {
		return nil, fmt.Errorf("read tensor: element type %v, want %v", got, want)
	}
	values := make([]E, numel(shape))
	if len(values) == 0 {
		return values, nil
	}
	lib.AtCopyData(t.c, unsafe.Pointer(&values[0]), uint(len(values)), uint(want.Size()))
	return values, gotchError()
}

func numel(shape []int64) int {
	n := 1
	for _, size := range shape {
		n *= int(size)
	}
	return n
}

// handles returns tensors as an array of bridge.h, NULL for none. It shares their memory.
func handles(tensors []Tensor) *C.ss_tensor {
	return (*C.ss_tensor)(unsafe.Pointer(unsafe.SliceData(tensors)))
}
