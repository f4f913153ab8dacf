package model

import "skillspace/internal/libtorch"

// activations maps hidden_act to its function, fused and composed.
var activations = map[string]struct {
	fused    libtorch.Activation
	composed func(s *libtorch.Scope, x libtorch.Tensor) libtorch.Tensor
}{
	"gelu":     {libtorch.Gelu, func(s *libtorch.Scope, x libtorch.Tensor) libtorch.Tensor { return s.Gelu(x, "none") }},
	"gelu_new": {libtorch.GeluTanh, func(s *libtorch.Scope, x libtorch.Tensor) libtorch.Tensor { return s.Gelu(x, "tanh") }},
	"relu":     {libtorch.Relu, func(s *libtorch.Scope, x libtorch.Tensor) libtorch.Tensor { return s.Relu(x) }},
}

// composed is the encoder made of libtorch's single operations under autocast, for CUDA. On the CPU it is what the tests
// hold the fused layers against.
func (e *Encoder) composed(s *libtorch.Scope, l layout, training bool) libtorch.Tensor {
	var hidden libtorch.Tensor
	err := libtorch.Autocast(e.device, l.precision, func() {
		hidden = inner(s, func(in *libtorch.Scope) libtorch.Tensor { return e.embed(in, l, training) })
		mask := s.Reshape(l.padding.mask, l.size, 1, 1, l.padding.longest)
		for layer := range e.Config.Layers {
			input := hidden
			hidden = inner(s, func(in *libtorch.Scope) libtorch.Tensor { return e.layer(in, layer, input, mask, l, training) })
		}
	})
	if err != nil {
		s.Fail(err)
	}
	return hidden
}

func (e *Encoder) layer(s *libtorch.Scope, layer int64, hiddenNH, mask libtorch.Tensor, l layout, training bool) libtorch.Tensor {
	prefix := layerPrefix(layer)
	context := e.attention(s, prefix+"attention.self.", hiddenNH, mask, l, training)
	attended := s.Dropout(e.linear(s, context, prefix+"attention.output.dense"), e.Config.HiddenDropout, training)
	hiddenNH = e.norm(s, s.Add(attended, hiddenNH), prefix+"attention.output.LayerNorm")
	between := activations[e.Config.Activation].composed(s, e.linear(s, hiddenNH, prefix+"intermediate.dense"))
	out := s.Dropout(e.linear(s, between, prefix+"output.dense"), e.Config.HiddenDropout, training)
	return e.norm(s, s.Add(out, hiddenNH), prefix+"output.LayerNorm")
}

// attention pads queries, keys and values to [B, heads, T, H/heads], attends under the mask and packs the result again.
func (e *Encoder) attention(s *libtorch.Scope, prefix string, hiddenNH, mask libtorch.Tensor, l layout, training bool) libtorch.Tensor {
	heads := e.Config.Heads
	size := e.Config.HiddenSize / heads
	split := func(name string) libtorch.Tensor {
		paddedBTH := s.Rows(e.linear(s, hiddenNH, prefix+name), l.padding.padded)
		return s.Transpose(s.Reshape(paddedBTH, l.size, l.padding.longest, heads, size), 1, 2)
	}
	contextBTH := s.Attention(split("query"), split("key"), split("value"), mask, e.Config.AttentionDropout, training)
	flat := s.Reshape(s.Transpose(contextBTH, 1, 2), l.size*l.padding.longest, e.Config.HiddenSize)
	return s.Rows(flat, l.padding.packed)
}

func (e *Encoder) linear(s *libtorch.Scope, x libtorch.Tensor, name string) libtorch.Tensor {
	return s.Linear(x, e.parameters.get(name+".weight"), e.parameters.get(name+".bias"))
}

func (e *Encoder) embed(s *libtorch.Scope, l layout, training bool) libtorch.Tensor {
	word := s.Rows(e.parameters.get("embeddings.word_embeddings.weight"), l.ids)
	table := s.Narrow(e.parameters.get("embeddings.position_embeddings.weight"), 0, e.Config.FirstPosition(), e.Config.LongestInput())
	position := s.Rows(table, l.padding.positions)
	tokenType := s.Narrow(e.parameters.get("embeddings.token_type_embeddings.weight"), 0, 0, 1)
	sum := s.Add(s.Add(word, tokenType), position)
	return s.Dropout(e.norm(s, sum, "embeddings.LayerNorm"), e.Config.HiddenDropout, training)
}

func (e *Encoder) norm(s *libtorch.Scope, x libtorch.Tensor, name string) libtorch.Tensor {
	return s.LayerNorm(x, e.parameters.get(name+".weight"), e.parameters.get(name+".bias"), e.Config.HiddenSize, e.Config.LayerNormEpsilon)
}
