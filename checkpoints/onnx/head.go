package onnx

import (
	"skillspace/model"
)

// pooled adds what follows the encoder, up to the vector [B, D] before normalisation. attendedBT is 1 at all tokens, ownBT at those that
// pooling reads.
func (b *builder) pooled(c model.HeadConfig, prefix, hidden, attendedBT, ownBT string) string {
	if c.BiLSTM {
		hidden = b.bilstm(prefix, hidden, attendedBT)
	}
	var vector string
	switch c.Pooling {
	case model.CLSPooling:
		vector = b.node("Squeeze", []string{b.node("Gather", []string{hidden, b.ints(0)}, intAttribute("axis", 1)), b.ints(1)})
	case model.MeanPooling:
		total := b.node("ReduceSum", []string{ownBT, b.ints(1)}, intAttribute("keepdims", 1))
		vector = b.weighted(hidden, b.node("Div", []string{ownBT, total}))
	case model.AttentionPooling:
		seen := b.node("Tanh", []string{b.linear(hidden, prefix+"attention.weight", prefix+"attention.bias")})
		scores := b.node("Squeeze", []string{b.exact(seen, prefix+"attention.score", ""), b.ints(2)})
		shares := b.node("Softmax", []string{b.node("Add", []string{scores, b.excluded(ownBT)})}, intAttribute("axis", -1))
		vector = b.weighted(hidden, shares)
	default:
		b.fail("pooling %q cannot be exported", c.Pooling)
	}
	if c.Projection > 0 {
		vector = b.exact(vector, prefix+"projection.weight", "")
	}
	return vector
}

// weighted sums hidden [B, T, H] with sharesBT.
func (b *builder) weighted(hidden, sharesBT string) string {
	product := b.node("Mul", []string{hidden, b.node("Unsqueeze", []string{sharesBT, b.ints(2)})})
	return b.node("ReduceSum", []string{product, b.ints(1)}, intAttribute("keepdims", 0))
}

// lstmGates is where PyTorch's gates (input, forget, cell, output) stand in ONNX (input, output, forget, cell).
var lstmGates = [4]int64{0, 3, 1, 2}

// bilstm adds the gated BiLSTM. Lengths keep padding from the backward direction, which begins at each text's own end.
func (b *builder) bilstm(prefix, hidden, attendedBT string) string {
	shape, _ := b.get(prefix + "lstm.weight_hh_l0")
	if b.err != nil {
		return ""
	}
	state := shape[1]
	inputs, recurrent, biases := b.directions(prefix, state)
	lengths := b.node("Cast", []string{b.node("ReduceSum", []string{attendedBT, b.ints(1)}, intAttribute("keepdims", 0))}, intAttribute("to", int32Type))
	steps := b.node("Transpose", []string{hidden}, intsAttribute("perm", 1, 0, 2))
	out := b.nodeOf("LSTM", []string{steps, inputs, recurrent, biases, lengths}, 1, intAttribute("hidden_size", state), textAttribute("direction", "bidirectional"))[0]
	both := b.node("Reshape", []string{b.node("Transpose", []string{out}, intsAttribute("perm", 2, 0, 1, 3)), b.ints(0, 0, 2*state)}) // [B, T, 2S]
	read := b.linear(both, prefix+"lstm_output.weight", prefix+"lstm_output.bias")
	return b.node("Add", []string{hidden, b.node("Mul", []string{read, b.vector(prefix + "gate")})})
}

// directions puts both directions' weights into ONNX's tensors [2, 4S, H], [2, 4S, S] and [2, 8S].
func (b *builder) directions(prefix string, state int64) (inputs, recurrent, biases string) {
	var w, r, both []float32
	var width int64
	for _, direction := range []string{"", "_reverse"} {
		shape, input := b.get(prefix + "lstm.weight_ih_l0" + direction)
		_, hidden := b.get(prefix + "lstm.weight_hh_l0" + direction)
		_, inputBias := b.get(prefix + "lstm.bias_ih_l0" + direction)
		_, hiddenBias := b.get(prefix + "lstm.bias_hh_l0" + direction)
		if b.err != nil {
			return "", "", ""
		}
		width = shape[1]
		w, r = append(w, gates(input, state*width)...), append(r, gates(hidden, state*state)...)
		both = append(append(both, gates(inputBias, state)...), gates(hiddenBias, state)...)
	}
	return b.floats(prefix+"lstm.W", []int64{2, 4 * state, width}, w), b.floats(prefix+"lstm.R", []int64{2, 4 * state, state}, r),
		b.floats(prefix+"lstm.B", []int64{2, 8 * state}, both)
}

// gates puts four blocks of a size into ONNX's order.
func gates(values []float32, size int64) []float32 {
	out := make([]float32, 0, len(values))
	for _, gate := range lstmGates {
		out = append(out, values[gate*size:(gate+1)*size]...)
	}
	return out
}
