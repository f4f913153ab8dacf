package onnx

import "skillspace/model/network"

// lstmGates reorders PyTorch's gates (input, forget, cell, output) as ONNX has them (input, output, forget, cell).
var lstmGates = [4]int64{0, 3, 1, 2}

// BiLSTM is ONNX's LSTM. With the lengths, the backward direction begins at each text's own end and reads no padding.
func (b *builder) BiLSTM(x network.Value, prefix string) network.Value {
	shape, _ := b.get(prefix + "weight_hh_l0")
	if b.err != nil {
		return ""
	}
	state := shape[1]
	inputs, recurrent, biases := b.directions(prefix, state)
	lengths := b.node("Cast", []string{b.node("ReduceSum", []string{b.attended, b.ints(1)}, intAttribute("keepdims", 0))}, intAttribute("to", int32Type))
	steps := b.node("Transpose", []string{name(x)}, intsAttribute("perm", 1, 0, 2))
	out := b.nodeOf("LSTM", []string{steps, inputs, recurrent, biases, lengths}, 1, intAttribute("hidden_size", state), textAttribute("direction", "bidirectional"))[0]
	return b.node("Reshape", []string{b.node("Transpose", []string{out}, intsAttribute("perm", 2, 0, 1, 3)), b.ints(0, 0, 2*state)}) // [B, T, 2S]
}

// directions joins both directions' weights to ONNX's tensors [2, 4S, H], [2, 4S, S] and [2, 8S].
func (b *builder) directions(prefix string, state int64) (inputs, recurrent, biases string) {
	var w, r, both []float32
	var width int64
	for _, direction := range []string{"", "_reverse"} {
		shape, input := b.get(prefix + "weight_ih_l0" + direction)
		_, hidden := b.get(prefix + "weight_hh_l0" + direction)
		_, inputBias := b.get(prefix + "bias_ih_l0" + direction)
		_, hiddenBias := b.get(prefix + "bias_hh_l0" + direction)
		if b.err != nil {
			return "", "", ""
		}
		width = shape[1]
		w, r = append(w, gates(input, state*width)...), append(r, gates(hidden, state*state)...)
		both = append(append(both, gates(inputBias, state)...), gates(hiddenBias, state)...)
	}
	return b.floats(prefix+"W", []int64{2, 4 * state, width}, w), b.floats(prefix+"R", []int64{2, 4 * state, state}, r),
		b.floats(prefix+"B", []int64{2, 8 * state}, both)
}

// gates puts four blocks of the given size into ONNX's order.
func gates(values []float32, size int64) []float32 {
	out := make([]float32, 0, len(values))
	for _, gate := range lstmGates {
		out = append(out, values[gate*size:(gate+1)*size]...)
	}
	return out
}
