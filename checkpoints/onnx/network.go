package onnx

import (
	"fmt"
	"math"

	"skillspace/model/network"
)

// weights are the tensors of a checkpoint's files, by name.
type weights func(name string) (shape []int64, values []float32, err error)

// builder writes a network's operations into a graph. Its values are names of the graph: hidden states are [B, T, H],
// padded on the right. It keeps the first error.
type builder struct {
	*graph
	read          weights
	ids           string // [B, T]
	attended, own string // [B, T] floats: 1 at all tokens, and 1 at those that pooling reads
	padding       string // [B, 1, 1, T], what is added to attention scores; "" before its first use
	err           error
}

var _ network.Operations = (*builder)(nil)

func (b *builder) fail(format string, values ...any) {
	if b.err == nil {
		b.err = fmt.Errorf(format, values...)
	}
}

// name is a value's name.
func name(x network.Value) string {
	n, _ := x.(string)
	return n
}

// get reads a parameter; both results are nil after an error.
func (b *builder) get(parameter string) (shape []int64, values []float32) {
	if b.err != nil {
		return nil, nil
	}
	shape, values, b.err = b.read(parameter)
	return shape, values
}

// Parameter adds a parameter as it is.
func (b *builder) Parameter(parameter string) network.Value { return b.vector(parameter) }

func (b *builder) vector(parameter string) string {
	shape, values := b.get(parameter)
	return b.floats(parameter, shape, values)
}

// Embedding adds the position's and the token type's rows up beforehand.
func (b *builder) Embedding(word, position, tokenType string, first int64) network.Value {
	rows := b.rows(word, b.ids)
	shape, table := b.get(position)
	var types []float32
	if tokenType != "" {
		_, types = b.get(tokenType)
	}
	if b.err != nil {
		return ""
	}
	longest, width := shape[0]-first, shape[1]
	sum := table[first*width:]
	if types != nil {
		sum = make([]float32, longest*width)
		for i := range sum {
			sum[i] = table[first*width+int64(i)] + types[int64(i)%width]
		}
	}
	places := b.floats("embeddings.places", []int64{longest, width}, sum)
	return b.node("Add", []string{rows, b.node("Slice", []string{places, b.ints(0), b.tokens(), b.ints(0)})})
}

// tokens is the padded length T, as a list of one number.
func (b *builder) tokens() string {
	return b.node("Gather", []string{b.node("Shape", []string{b.ids}), b.ints(1)}, intAttribute("axis", 0))
}

// Linear is quantised in a quantised graph.
func (b *builder) Linear(x network.Value, weight, bias string) network.Value {
	return b.linear(name(x), weight, bias, b.quantised)
}

// LinearFloat32 is Linear in float32 in any graph.
func (b *builder) LinearFloat32(x network.Value, weight, bias string) network.Value {
	return b.linear(name(x), weight, bias, false)
}

func (b *builder) linear(x, weight, bias string, quantised bool) string {
	shape, values := b.get(weight)
	if b.err != nil {
		return ""
	}
	if len(shape) != 2 {
		b.fail("%s has the shape %v, want a matrix", weight, shape)
		return ""
	}
	out, in := shape[0], shape[1]
	transposed := make([]float32, len(values))
	for o := range out {
		for i := range in {
			transposed[i*out+o] = values[o*in+i]
		}
	}
	var y string
	if quantised {
		y = b.product8(x, weight, transposed, in, out)
	} else {
		y = b.node("MatMul", []string{x, b.floats(weight+".T", []int64{in, out}, transposed)})
	}
	if bias != "" {
		y = b.node("Add", []string{y, b.vector(bias)})
	}
	return y
}

func (b *builder) LayerNorm(x network.Value, parameter string, epsilon float64) network.Value {
	return b.node("LayerNormalization", []string{name(x), b.vector(parameter + ".weight"), b.vector(parameter + ".bias")},
		intAttribute("axis", -1), floatAttribute("epsilon", float32(epsilon)))
}

func (b *builder) Activation(value network.Value, kind string) network.Value {
	x := name(value)
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
	b.fail("the activation %q cannot be exported", kind)
	return ""
}

func (b *builder) Add(x, y network.Value) network.Value {
	return b.node("Add", []string{name(x), name(y)})
}

func (b *builder) Mul(x, y network.Value) network.Value {
	return b.node("Mul", []string{name(x), name(y)})
}

func (b *builder) Tanh(x network.Value) network.Value { return b.node("Tanh", []string{name(x)}) }

// Dropout does nothing: an exported model is not trained.
func (b *builder) Dropout(x network.Value) network.Value { return x }

// Block adds what body adds.
func (b *builder) Block(x network.Value, body func(x network.Value) network.Value) network.Value {
	return body(x)
}

func (b *builder) Attention(query, key, value network.Value, heads, headSize int64, bias network.Value) network.Value {
	split := func(x network.Value, order ...int64) string {
		return b.node("Transpose", []string{b.node("Reshape", []string{name(x), b.ints(0, 0, heads, headSize)})}, intsAttribute("perm", order...))
	}
	q, k, v := split(query, 0, 2, 1, 3), split(key, 0, 2, 3, 1), split(value, 0, 2, 1, 3)
	if bias == nil {
		bias = b.paddingBias()
	}
	scores := b.node("Mul", []string{b.node("MatMul", []string{q, k}), b.scalar(float32(1 / math.Sqrt(float64(headSize))))})
	shares := b.node("Softmax", []string{b.node("Add", []string{scores, name(bias)})}, intAttribute("axis", -1))
	context := b.node("Transpose", []string{b.node("MatMul", []string{shares, v})}, intsAttribute("perm", 0, 2, 1, 3))
	return b.node("Reshape", []string{context, b.ints(0, 0, heads*headSize)})
}

// farBelow is added to scores at padding: far below any score, and finite.
const farBelow = -1e9

// excluded is 0 where a mask of floats is 1, and far below any score where it is 0.
func (b *builder) excluded(mask string) string {
	return b.node("Mul", []string{b.node("Sub", []string{b.scalar(1), mask}), b.scalar(farBelow)})
}

func (b *builder) paddingBias() string {
	if b.padding == "" {
		b.padding = b.node("Unsqueeze", []string{b.excluded(b.attended), b.ints(1, 2)})
	}
	return b.padding
}

// PositionBias looks the distance of each two places up in a table [2·longest-1, heads] that is made beforehand. It
// includes the padding's.
func (b *builder) PositionBias(table string, longest int64, bucket func(distance int64) int64) network.Value {
	shape, values := b.get(table)
	if b.err != nil {
		return ""
	}
	heads := shape[1]
	ofDistance := make([]float32, 0, (2*longest-1)*heads)
	for distance := 1 - longest; distance < longest; distance++ {
		row := bucket(distance)
		ofDistance = append(ofDistance, values[row*heads:(row+1)*heads]...)
	}
	last := b.node("Squeeze", []string{b.tokens()})
	places := b.node("Range", []string{b.int(0), last, b.int(1)})
	distance := b.node("Sub", []string{b.node("Unsqueeze", []string{places, b.ints(0)}), b.node("Unsqueeze", []string{places, b.ints(1)})})
	row := b.node("Add", []string{distance, b.int(longest - 1)})
	bias := b.node("Gather", []string{b.floats(table+".of_distance", []int64{2*longest - 1, heads}, ofDistance), row}, intAttribute("axis", 0))
	return b.node("Add", []string{b.node("Transpose", []string{bias}, intsAttribute("perm", 2, 0, 1)), b.paddingBias()})
}

// WithoutContext makes pooling read the text's own tokens.
func (b *builder) WithoutContext(x network.Value) network.Value {
	b.attended = b.own
	return x
}

func (b *builder) FirstToken(x network.Value) network.Value {
	return b.node("Squeeze", []string{b.node("Gather", []string{name(x), b.ints(0)}, intAttribute("axis", 1)), b.ints(1)})
}

func (b *builder) Mean(x network.Value) network.Value {
	total := b.node("ReduceSum", []string{b.attended, b.ints(1)}, intAttribute("keepdims", 1))
	return b.weighted(name(x), b.node("Div", []string{b.attended, total}))
}

func (b *builder) WeightedSum(x, scores network.Value) network.Value {
	scoresBT := b.node("Squeeze", []string{name(scores), b.ints(2)})
	shares := b.node("Softmax", []string{b.node("Add", []string{scoresBT, b.excluded(b.attended)})}, intAttribute("axis", -1))
	return b.weighted(name(x), shares)
}

// weighted sums hidden [B, T, H] with sharesBT.
func (b *builder) weighted(hidden, sharesBT string) string {
	product := b.node("Mul", []string{hidden, b.node("Unsqueeze", []string{sharesBT, b.ints(2)})})
	return b.node("ReduceSum", []string{product, b.ints(1)}, intAttribute("keepdims", 0))
}

func (b *builder) Normalize(x network.Value) network.Value {
	length := b.node("ReduceL2", []string{name(x)}, intsAttribute("axes", -1), intAttribute("keepdims", 1))
	return b.node("Div", []string{name(x), b.node("Max", []string{length, b.scalar(1e-12)})})
}
