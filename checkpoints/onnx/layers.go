package onnx

import (
	"fmt"
	"math"
)

// weights are the tensors of a checkpoint's files, by name.
type weights func(name string) (shape []int64, values []float32, err error)

// builder adds parts of a network to a graph and keeps the first error.
type builder struct {
	*graph
	read weights
	err  error
}

func (b *builder) get(name string) (shape []int64, values []float32) {
	if b.err != nil {
		return nil, nil
	}
	shape, values, b.err = b.read(name)
	return shape, values
}

// vector adds a parameter as it is.
func (b *builder) vector(name string) string {
	shape, values := b.get(name)
	return b.floats(name, shape, values)
}

// linear is x·Wᵀ + bias, for weights under PyTorch's names; no bias where its name is "".
func (b *builder) linear(x, weight, bias string) string {
	shape, values := b.get(weight)
	if b.err != nil {
		return ""
	}
	if len(shape) != 2 {
		b.err = fmt.Errorf("%s has the shape %v, want a matrix", weight, shape)
		return ""
	}
	out, in := shape[0], shape[1]
	turned := make([]float32, len(values))
	for o := range out {
		for i := range in {
			turned[i*out+o] = values[o*in+i]
		}
	}
	var y string
	if b.quantised {
		y = b.product8(x, weight, turned, in, out)
	} else {
		y = b.node("MatMul", []string{x, b.floats(weight+".T", []int64{in, out}, turned)})
	}
	if bias != "" {
		y = b.node("Add", []string{y, b.vector(bias)})
	}
	return y
}

// exact is linear in float32 also where the model is quantised: for what is small and comes last.
func (b *builder) exact(x, weight, bias string) string {
	quantised := b.quantised
	b.quantised = false
	defer func() { b.quantised = quantised }()
	return b.linear(x, weight, bias)
}

// product8 multiplies by weights of 7 bits and a scale a column, and inputs that are quantised as they come. Seven bits, since processors
// without VNNI add two products of eight bits in sixteen.
func (b *builder) product8(x, weight string, turned []float32, in, out int64) string {
	const largest = 63
	scales, small := make([]float32, out), make([]byte, len(turned))
	for o := range out {
		top := float32(0)
		for i := range in {
			top = max(top, float32(math.Abs(float64(turned[i*out+o]))))
		}
		scales[o] = max(top/largest, 1e-12)
		for i := range in {
			small[i*out+o] = byte(int8(math.RoundToEven(float64(turned[i*out+o] / scales[o]))))
		}
	}
	q, done := b.quantisedX[x]
	if !done {
		names := b.nodeOf("DynamicQuantizeLinear", []string{x}, 3)
		q = [3]string{names[0], names[1], names[2]}
		b.quantisedX[x] = q
	}
	whole := b.node("MatMulInteger", []string{q[0], b.tensor(weight+".int8", int8Type, []int64{in, out}, small), q[2]})
	scale := b.node("Mul", []string{q[1], b.floats(weight+".scale", []int64{out}, scales)})
	return b.node("Mul", []string{b.node("Cast", []string{whole}, intAttribute("to", float32Type)), scale})
}

// rows looks rows of a table up; its numbers have eight bits and a scale a row where the model is quantised.
func (b *builder) rows(table, ids string) string {
	shape, values := b.get(table)
	if b.err != nil {
		return ""
	}
	if !b.quantised {
		return b.node("Gather", []string{b.floats(table, shape, values), ids}, intAttribute("axis", 0))
	}
	n, width := shape[0], shape[1]
	scales, small := make([]float32, n), make([]byte, len(values))
	for row := range n {
		top := float32(0)
		for _, v := range values[row*width : (row+1)*width] {
			top = max(top, float32(math.Abs(float64(v))))
		}
		scales[row] = max(top/127, 1e-12)
		for k := row * width; k < (row+1)*width; k++ {
			small[k] = byte(int8(math.RoundToEven(float64(values[k] / scales[row]))))
		}
	}
	whole := b.node("Gather", []string{b.tensor(table+".int8", int8Type, shape, small), ids}, intAttribute("axis", 0))
	scale := b.node("Gather", []string{b.floats(table+".scale", []int64{n, 1}, scales), ids}, intAttribute("axis", 0))
	return b.node("Mul", []string{b.node("Cast", []string{whole}, intAttribute("to", float32Type)), scale})
}

func (b *builder) norm(x, name string, epsilon float64) string {
	return b.node("LayerNormalization", []string{x, b.vector(name + ".weight"), b.vector(name + ".bias")},
		intAttribute("axis", -1), floatAttribute("epsilon", float32(epsilon)))
}

func (b *builder) activation(x, kind string) string {
	switch kind {
	case "relu":
		return b.node("Relu", []string{x})
	case "gelu":
		erf := b.node("Erf", []string{b.node("Mul", []string{x, b.scalar(math.Sqrt2 / 2)})})
		return b.node("Mul", []string{b.node("Mul", []string{x, b.scalar(0.5)}), b.node("Add", []string{erf, b.scalar(1)})})
	case "gelu_new":
		cube := b.node("Mul", []string{b.node("Mul", []string{x, x}), x})
		inner := b.node("Add", []string{x, b.node("Mul", []string{cube, b.scalar(0.044715)})})
		tanh := b.node("Tanh", []string{b.node("Mul", []string{inner, b.scalar(float32(math.Sqrt(2 / math.Pi)))})})
		return b.node("Mul", []string{b.node("Mul", []string{x, b.scalar(0.5)}), b.node("Add", []string{tanh, b.scalar(1)})})
	}
	b.fail("hidden_act %q cannot be exported", kind)
	return ""
}

func (b *builder) fail(format string, values ...any) {
	if b.err == nil {
		b.err = fmt.Errorf(format, values...)
	}
}

// farBelow is added to scores at padding: far below any score, and finite.
const farBelow = -1e9

// excluded is 0 where a mask [B, T] of floats is 1, and far below any score where it is 0.
func (b *builder) excluded(mask string) string {
	return b.node("Mul", []string{b.node("Sub", []string{b.scalar(1), mask}), b.scalar(farBelow)})
}
