package onnx

import (
	"fmt"
	"math"

	"skillspace/model"
)

// encoder adds the encoder, and returns its hidden states [B, T, H]. ids [B, T] are padded on the right; maskBT is 1 at tokens.
func (b *builder) encoder(c model.EncoderConfig, ids, maskBT string) string {
	hidden := b.norm(b.node("Add", []string{b.rows("embeddings.word_embeddings.weight", ids), b.positions(c, ids)}),
		"embeddings.LayerNorm", c.LayerNormEpsilon)
	bias := b.node("Unsqueeze", []string{b.excluded(maskBT), b.ints(1, 2)})
	for layer := range c.Layers {
		hidden = b.layer(c, fmt.Sprintf("encoder.layer.%d.", layer), hidden, bias)
	}
	return hidden
}

// positions is the position's and the first token type's row of each place [1, T, H], added up beforehand.
func (b *builder) positions(c model.EncoderConfig, ids string) string {
	_, table := b.get("embeddings.position_embeddings.weight")
	_, types := b.get("embeddings.token_type_embeddings.weight")
	if b.err != nil {
		return ""
	}
	first, h := c.FirstPosition(), c.HiddenSize
	sum := make([]float32, c.LongestInput()*h)
	for i := range sum {
		sum[i] = table[first*h+int64(i)] + types[int64(i)%h]
	}
	places := b.floats("embeddings.places", []int64{c.LongestInput(), h}, sum)
	tokens := b.node("Gather", []string{b.node("Shape", []string{ids}), b.ints(1)}, intAttribute("axis", 0))
	return b.node("Slice", []string{places, b.ints(0), tokens, b.ints(0)})
}

func (b *builder) layer(c model.EncoderConfig, prefix, hidden, bias string) string {
	head := c.HiddenSize / c.Heads
	split := func(name string, order ...int64) string {
		x := b.linear(hidden, prefix+"attention.self."+name+".weight", prefix+"attention.self."+name+".bias")
		return b.node("Transpose", []string{b.node("Reshape", []string{x, b.ints(0, 0, c.Heads, head)})}, intsAttribute("perm", order...))
	}
	query, key, values := split("query", 0, 2, 1, 3), split("key", 0, 2, 3, 1), split("value", 0, 2, 1, 3)
	scores := b.node("Mul", []string{b.node("MatMul", []string{query, key}), b.scalar(float32(1 / math.Sqrt(float64(head))))})
	shares := b.node("Softmax", []string{b.node("Add", []string{scores, bias})}, intAttribute("axis", -1))
	context := b.node("Transpose", []string{b.node("MatMul", []string{shares, values})}, intsAttribute("perm", 0, 2, 1, 3))
	context = b.node("Reshape", []string{context, b.ints(0, 0, c.HiddenSize)})
	attended := b.linear(context, prefix+"attention.output.dense.weight", prefix+"attention.output.dense.bias")
	hidden = b.norm(b.node("Add", []string{attended, hidden}), prefix+"attention.output.LayerNorm", c.LayerNormEpsilon)
	between := b.activation(b.linear(hidden, prefix+"intermediate.dense.weight", prefix+"intermediate.dense.bias"), c.Activation)
	out := b.linear(between, prefix+"output.dense.weight", prefix+"output.dense.bias")
	return b.norm(b.node("Add", []string{out, hidden}), prefix+"output.LayerNorm", c.LayerNormEpsilon)
}
