package libtorch

// #include "bridge.h"
import "C"

import (
	"fmt"
	"unsafe"

	lib "github.com/sugarme/gotch/libtch"
)

// New returns a CPU tensor of dtype with a copy of data, the bytes of all its elements in row-major order.
func (s *Scope) New(data []byte, dtype DType, shape ...int64) Tensor {
	if s.err != nil {
		return Tensor{}
	}
	if want := numel(shape) * dtype.Size(); len(data) != want {
		s.Fail(fmt.Errorf("new tensor %v: %d bytes, want %d", shape, len(data), want))
		return Tensor{}
	}
	return s.fromPointer(unsafe.Pointer(unsafe.SliceData(data)), dtype, shape)
}

// Float32s returns a CPU tensor with a copy of values.
func (s *Scope) Float32s(values []float32, shape ...int64) Tensor {
	return newFrom(s, values, Float32, shape)
}

// Int64s returns a CPU tensor with a copy of values.
func (s *Scope) Int64s(values []int64, shape ...int64) Tensor {
	return newFrom(s, values, Int64, shape)
}

func newFrom[E any](s *Scope, values []E, dtype DType, shape []int64) Tensor {
	if s.err != nil {
		return Tensor{}
	}
	if numel(shape) != len(values) {
		s.Fail(fmt.Errorf("new tensor %v: %d values", shape, len(values)))
		return Tensor{}
	}
	return s.fromPointer(unsafe.Pointer(unsafe.SliceData(values)), dtype, shape)
}

func (s *Scope) fromPointer(data unsafe.Pointer, dtype DType, shape []int64) Tensor {
	var out C.ss_tensor
	sizes := (*C.int64_t)(unsafe.Pointer(unsafe.SliceData(shape)))
	if err := bridgeError(C.ss_from_data(data, sizes, C.size_t(len(shape)), C.int(dtype), &out)); err != nil {
		s.Fail(fmt.Errorf("new tensor %v: %w", shape, err))
		return Tensor{}
	}
	s.owned = append(s.owned, lib.Ctensor(unsafe.Pointer(out)))
	return wrap(out)
}

// Zeros returns a tensor of zeros on device.
func (s *Scope) Zeros(dtype DType, device Device, shape ...int64) Tensor {
	if s.err != nil {
		return Tensor{}
	}
	var out lib.Ctensor
	lib.AtgZeros(&out, shape, len(shape), int32(dtype), device.gotch())
	return s.adopt(out, "zeros")
}

// ZerosLike returns zeros of x's shape, type and device.
func (s *Scope) ZerosLike(x Tensor) Tensor { return s.unary("zeros_like", x, lib.AtgZerosLike) }

// Normal returns a Float32 CPU tensor of draws from the default generator with the given mean and deviation.
func (s *Scope) Normal(mean, deviation float64, shape ...int64) Tensor {
	t := s.Zeros(Float32, CPU, shape...)
	return s.inPlace("normal_", t, func(out *lib.Ctensor) { lib.AtgNormal_(out, t.c, mean, deviation) })
}

// Uniform returns a Float32 CPU tensor of draws from the default generator, uniform in [low, high).
func (s *Scope) Uniform(low, high float64, shape ...int64) Tensor {
	t := s.Zeros(Float32, CPU, shape...)
	return s.inPlace("uniform_", t, func(out *lib.Ctensor) { lib.AtgUniform_(out, t.c, low, high) })
}

// inPlace runs an operation that changes t, and returns t. The operation returns a second handle of t, which the scope frees.
func (s *Scope) inPlace(operation string, t Tensor, f func(*lib.Ctensor)) Tensor {
	if !s.ready(operation, t) {
		return Tensor{}
	}
	var out lib.Ctensor
	f(&out)
	s.adopt(out, operation)
	return t
}

// unary runs an operation on one tensor.
func (s *Scope) unary(operation string, x Tensor, f func(out *lib.Ctensor, x lib.Ctensor)) Tensor {
	if !s.ready(operation, x) {
		return Tensor{}
	}
	var out lib.Ctensor
	f(&out, x.c)
	return s.adopt(out, operation)
}

// binary runs an operation on two tensors.
func (s *Scope) binary(operation string, x, y Tensor, f func(out *lib.Ctensor, x, y lib.Ctensor)) Tensor {
	if !s.ready(operation, x, y) {
		return Tensor{}
	}
	var out lib.Ctensor
	f(&out, x.c, y.c)
	return s.adopt(out, operation)
}

// withScalar runs an operation on a tensor and a number.
func (s *Scope) withScalar(operation string, x Tensor, value float64, f func(out *lib.Ctensor, x lib.Ctensor, v lib.Cscalar)) Tensor {
	if !s.ready(operation, x) {
		return Tensor{}
	}
	v := lib.AtsFloat(value)
	defer lib.AtsFree(v)
	var out lib.Ctensor
	f(&out, x.c, v)
	return s.adopt(out, operation)
}

// Add returns x + y, broadcast.
func (s *Scope) Add(x, y Tensor) Tensor { return s.binary("add", x, y, lib.AtgAdd) }

// Sub returns x - y, broadcast.
func (s *Scope) Sub(x, y Tensor) Tensor { return s.binary("sub", x, y, lib.AtgSub) }

// Mul returns x * y element by element, broadcast.
func (s *Scope) Mul(x, y Tensor) Tensor { return s.binary("mul", x, y, lib.AtgMul) }

// Div returns x / y element by element, broadcast.
func (s *Scope) Div(x, y Tensor) Tensor { return s.binary("div", x, y, lib.AtgDiv) }

// MatMul returns the (batched) matrix product of x and y.
func (s *Scope) MatMul(x, y Tensor) Tensor { return s.binary("matmul", x, y, lib.AtgMatmul) }

// Scale returns x * factor.
func (s *Scope) Scale(x Tensor, factor float64) Tensor {
	return s.withScalar("mul", x, factor, lib.AtgMulScalar)
}

// AddScalar returns x + value.
func (s *Scope) AddScalar(x Tensor, value float64) Tensor {
	return s.withScalar("add", x, value, lib.AtgAddScalar)
}

// ClampMin returns x with elements below low replaced by low.
func (s *Scope) ClampMin(x Tensor, low float64) Tensor {
	return s.withScalar("clamp_min", x, low, lib.AtgClampMin)
}

// Exp returns e to the power of every element.
func (s *Scope) Exp(x Tensor) Tensor { return s.unary("exp", x, lib.AtgExp) }

// Tanh returns the hyperbolic tangent of every element.
func (s *Scope) Tanh(x Tensor) Tensor { return s.unary("tanh", x, lib.AtgTanh) }

// Relu returns max(x, 0).
func (s *Scope) Relu(x Tensor) Tensor { return s.unary("relu", x, lib.AtgRelu) }

// Softplus returns log(1 + exp(x)).
func (s *Scope) Softplus(x Tensor) Tensor { return s.unary("softplus", x, lib.AtgSoftplus) }

// Gelu returns the Gaussian error linear unit; approximate is "none" (exact) or "tanh".
func (s *Scope) Gelu(x Tensor, approximate string) Tensor {
	return s.unary("gelu", x, func(out *lib.Ctensor, x lib.Ctensor) { lib.AtgGelu(out, x, approximate) })
}

// Sum returns the sum of all elements, as Float32 with no dimension.
func (s *Scope) Sum(x Tensor) Tensor {
	return s.unary("sum", x, func(out *lib.Ctensor, x lib.Ctensor) { lib.AtgSum(out, x, int32(Float32)) })
}

// LogSumExp returns log(sum(exp(x))) over one dimension, which keeps size 1.
func (s *Scope) LogSumExp(x Tensor, dim int64) Tensor {
	return s.unary("logsumexp", x, func(out *lib.Ctensor, x lib.Ctensor) { lib.AtgLogsumexp(out, x, []int64{dim}, 1, 1) })
}

// Max returns the largest elements along one dimension, which the result lacks.
func (s *Scope) Max(x Tensor, dim int64) Tensor {
	return s.unary("max", x, func(out *lib.Ctensor, x lib.Ctensor) { lib.AtgAmax(out, x, []int64{dim}, 1, 0) })
}

// Softmax returns softmax over one dimension, computed and returned in dtype.
func (s *Scope) Softmax(x Tensor, dim int64, dtype DType) Tensor {
	return s.unary("softmax", x, func(out *lib.Ctensor, x lib.Ctensor) { lib.AtgSoftmax(out, x, dim, int32(dtype)) })
}

// To returns x as dtype (x itself when it has that type).
func (s *Scope) To(x Tensor, dtype DType) Tensor {
	return s.unary("to dtype", x, func(out *lib.Ctensor, x lib.Ctensor) { lib.AtgToDtype(out, x, int32(dtype), 0, 0) })
}

// ToDevice returns x on device (x itself when it is there).
func (s *Scope) ToDevice(x Tensor, device Device) Tensor {
	if device.IsCUDA() {
		return s.toCUDA(x, device)
	}
	return s.unary("to device", x, func(out *lib.Ctensor, x lib.Ctensor) { lib.AtgTo(out, x, device.gotch()) })
}

func boolean(b bool) int32 {
	if b {
		return 1
	}
	return 0
}
