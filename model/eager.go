package model

import (
	"fmt"

	"skillspace/internal/libtorch"
	"skillspace/model/network"
)

// eager computes a network's operations with libtorch on packed tokens [N, *]. Attention and, on CUDA, the LSTM and
// pooling work on padded blocks. Its values are tensors. On the CPU it has fused embeddings and, for the families that
// declare them, fused layers.
type eager struct {
	scope      *libtorch.Scope // of the innermost block
	parameters *Parameters
	layout     *layout
	training   bool
	encoder    *Encoder // nil in a head
	fused      bool     // layers are single operations that compute in the layout's precision, without autocast
}

var _ interface {
	network.Operations
	network.Fused
} = (*eager)(nil)

// activations maps hidden_act to its function, fused and composed.
var activations = map[string]struct {
	fused    libtorch.Activation
	composed func(s *libtorch.Scope, x libtorch.Tensor) libtorch.Tensor
}{
	"gelu":     {libtorch.Gelu, func(s *libtorch.Scope, x libtorch.Tensor) libtorch.Tensor { return s.Gelu(x, "none") }},
	"gelu_new": {libtorch.GeluTanh, func(s *libtorch.Scope, x libtorch.Tensor) libtorch.Tensor { return s.Gelu(x, "tanh") }},
	"relu":     {libtorch.Relu, func(s *libtorch.Scope, x libtorch.Tensor) libtorch.Tensor { return s.Relu(x) }},
}

// tensor is a value's tensor, the zero Tensor for none.
func tensor(x network.Value) libtorch.Tensor {
	t, _ := x.(libtorch.Tensor)
	return t
}

// get returns the named parameter, the zero Tensor for "".
func (n *eager) get(name string) libtorch.Tensor {
	if name == "" {
		return libtorch.Tensor{}
	}
	t := n.parameters.get(name)
	if !t.Defined() {
		n.scope.Fail(fmt.Errorf("the network has no parameter %q", name))
	}
	return t
}

func (n *eager) Embedding(word, position, tokenType string, first int64) network.Value {
	s := n.scope
	sum := s.Rows(n.get(word), n.layout.ids)
	if tokenType != "" {
		sum = s.Add(sum, s.Narrow(n.get(tokenType), 0, 0, 1))
	}
	positions := n.get(position)
	places := s.Narrow(positions, 0, first, n.parameters.shape(position)[0]-first)
	return s.Add(sum, s.Rows(places, n.layout.blocks().positions))
}

func (n *eager) FusedEmbeddings(e *network.Embeddings) (network.Value, bool) {
	if n.layout.composed {
		return nil, false
	}
	o := libtorch.EmbeddingOptions{FirstPosition: e.FirstPosition, Epsilon: e.Epsilon, DType: libtorch.Float32}
	if n.fused {
		o.DType = n.layout.precision
	}
	if n.training {
		o.Dropout = n.encoder.Config.HiddenDropout
	}
	tables := libtorch.EmbeddingTables{
		Word: n.get(e.Word), Position: n.get(e.Position), TokenType: n.get(e.TokenType),
		NormWeight: n.get(e.Norm + ".weight"), NormBias: n.get(e.Norm + ".bias"),
	}
	if e.TokenType == "" {
		tables.TokenType = n.scope.Zeros(libtorch.Float32, libtorch.CPU, 1, n.parameters.shape(e.Word)[1])
	}
	return n.scope.Embed(tables, n.layout.ids, n.layout.offsets, o), true
}

func (n *eager) FusedLayer(l *network.Layer, hidden network.Value) (network.Value, bool) {
	if !n.fused {
		return nil, false
	}
	o := libtorch.EncoderLayerOptions{Recompute: n.encoder.Recompute}
	if n.training {
		o.HiddenDropout, o.AttentionDropout = n.encoder.Config.HiddenDropout, n.encoder.Config.AttentionDropout
	}
	return n.scope.EncoderLayer(n.encoder.fused[l], tensor(hidden), n.layout.offsets, o), true
}

func (n *eager) Linear(x network.Value, weight, bias string) network.Value {
	if n.encoder != nil && !n.fused { // under autocast
		return n.scope.Linear(tensor(x), n.get(weight), n.get(bias))
	}
	return n.scope.LinearIn(n.layout.precision, tensor(x), n.get(weight), n.get(bias))
}

func (n *eager) LinearFloat32(x network.Value, weight, bias string) network.Value {
	return n.scope.Linear(tensor(x), n.get(weight), n.get(bias))
}

func (n *eager) LayerNorm(x network.Value, name string, epsilon float64) network.Value {
	weight := name + ".weight"
	return n.scope.LayerNorm(tensor(x), n.get(weight), n.get(name+".bias"), n.parameters.shape(weight)[0], epsilon)
}

func (n *eager) Activation(x network.Value, name string) network.Value {
	return activations[name].composed(n.scope, tensor(x))
}

func (n *eager) Add(x, y network.Value) network.Value { return n.scope.Add(tensor(x), tensor(y)) }

func (n *eager) Mul(x, y network.Value) network.Value { return n.scope.Mul(tensor(x), tensor(y)) }

func (n *eager) Tanh(x network.Value) network.Value { return n.scope.Tanh(tensor(x)) }

func (n *eager) Parameter(name string) network.Value { return n.get(name) }

func (n *eager) Dropout(x network.Value) network.Value {
	return n.scope.Dropout(tensor(x), n.encoder.Config.HiddenDropout, n.training)
}

// Attention pads query, key and value to [B, heads, T, headSize], attends under the mask and packs the result again.
func (n *eager) Attention(query, key, value network.Value, heads, headSize int64, bias network.Value) network.Value {
	s, size, p := n.scope, n.layout.size, n.layout.blocks()
	split := func(x network.Value) libtorch.Tensor {
		return s.Transpose(s.Reshape(s.Rows(tensor(x), p.padded), size, p.longest, heads, headSize), 1, 2)
	}
	mask := tensor(bias)
	if bias == nil {
		mask = s.Reshape(p.mask, size, 1, 1, p.longest)
	}
	dropout := 0.0
	if n.training {
		dropout = n.encoder.Config.AttentionDropout
	}
	contextBNTH := s.Attention(split(query), split(key), split(value), mask, dropout)
	flat := s.Reshape(s.Transpose(contextBNTH, 1, 2), size*p.longest, heads*headSize)
	return s.Rows(flat, p.packed)
}

// PositionBias includes the mask of padding: [B, heads, T, T].
func (n *eager) PositionBias(table string, _ int64, bucket func(distance int64) int64) network.Value {
	s, p := n.scope, n.layout.blocks()
	t := p.longest
	ofDistance := make([]int64, 2*t-1)
	for i := range ofDistance {
		ofDistance[i] = bucket(int64(i) - t + 1)
	}
	buckets := make([]int64, 0, t*t)
	for query := range t {
		buckets = append(buckets, ofDistance[t-1-query:2*t-1-query]...)
	}
	biasTTN := s.Rows(n.get(table), s.ToDevice(s.Int64s(buckets, t, t), n.layout.device))
	biasNTT := s.Transpose(s.Transpose(biasTTN, 1, 2), 0, 1)
	return s.Add(biasNTT, s.Reshape(p.mask, n.layout.size, 1, 1, t))
}

// BiLSTM starts the backward direction at each sequence's own end.
func (n *eager) BiLSTM(x network.Value, prefix string) network.Value {
	return n.scope.Cat(1, n.direction(tensor(x), prefix, ""), n.direction(tensor(x), prefix, "_reverse"))
}

// direction returns one direction's states [N, state].
func (n *eager) direction(inputNH libtorch.Tensor, prefix, suffix string) libtorch.Tensor {
	s, l := n.scope, n.layout
	w := libtorch.LSTMWeights{
		InputHidden: n.get(prefix + "weight_ih_l0" + suffix), HiddenHidden: n.get(prefix + "weight_hh_l0" + suffix),
		InputBias: n.get(prefix + "bias_ih_l0" + suffix), HiddenBias: n.get(prefix + "bias_hh_l0" + suffix),
	}
	if !l.composed {
		return s.PackedLSTM(inputNH, w, l.offsets, l.precision, suffix != "")
	}
	// Sequences are reversed within their own length, so that neither direction meets padding before a token.
	p := l.blocks()
	places, packed := p.steps, p.packedSteps
	if suffix != "" {
		places, packed = p.reversed, p.packedReversed
	}
	state := n.parameters.shape(prefix + "weight_hh_l0" + suffix)[1]
	outTBS := s.PaddedLSTM(s.Rows(inputNH, places), w, state, l.device)
	return s.Rows(s.Reshape(outTBS, l.size*p.longest, state), packed)
}

func (n *eager) WithoutContext(x network.Value) network.Value {
	own := n.layout.own
	if own == nil {
		return x
	}
	n.layout = own.layout
	return n.scope.Rows(tensor(x), own.rowsM)
}

func (n *eager) FirstToken(x network.Value) network.Value {
	return n.scope.Rows(tensor(x), n.scope.Narrow(n.layout.offsets, 0, 0, n.layout.size))
}

func (n *eager) Mean(x network.Value) network.Value {
	if n.layout.composed {
		return n.weighted(tensor(x), n.layout.blocks().mean)
	}
	return n.scope.Pool(tensor(x), libtorch.Tensor{}, n.layout.offsets)
}

func (n *eager) WeightedSum(x, scores network.Value) network.Value {
	s, l := n.scope, n.layout
	if !l.composed {
		return s.Pool(tensor(x), s.Reshape(tensor(scores), l.tokens), l.offsets)
	}
	p := l.blocks()
	scoresBT := s.Reshape(s.Rows(tensor(scores), p.padded), l.size, p.longest)
	return n.weighted(tensor(x), s.Softmax(s.Add(scoresBT, p.mask), -1, libtorch.Float32))
}

// weighted sums the hidden states with weightsBT, zero at padding.
func (n *eager) weighted(hiddenNH, weightsBT libtorch.Tensor) libtorch.Tensor {
	s, p := n.scope, n.layout.blocks()
	pooled := s.MatMul(s.Reshape(weightsBT, n.layout.size, 1, p.longest), s.Rows(hiddenNH, p.padded))
	return s.Reshape(pooled, n.layout.size, -1)
}

func (n *eager) Normalize(x network.Value) network.Value { return n.scope.Normalize(tensor(x)) }

// Block computes in a scope of its own: handles that autograd does not need are freed at once.
func (n *eager) Block(x network.Value, body func(x network.Value) network.Value) network.Value {
	outer := n.scope
	defer func() { n.scope = outer }()
	var out libtorch.Tensor
	outer.Within(func(inner *libtorch.Scope) {
		n.scope = inner
		if x != nil {
			outer.Move(tensor(x), inner)
		}
		out = inner.Move(tensor(body(x)), outer)
	})
	return out
}
