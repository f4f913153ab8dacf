package model

import (
	"math"

	"skillspace/internal/libtorch"
)

// lstmNames are PyTorch's parameter names of one direction; the backward direction's end in _reverse.
var lstmNames = []string{"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"}

// addBiLSTM adds a bidirectional LSTM whose output is added to the hidden states through a gate: h' = h + g·(W[→;←] +
// b). The gate starts at zero, so that training starts from the encoder's own hidden states (the gated residual of
// ReZero, arXiv 2003.04887). Other weights are drawn as PyTorch's nn.LSTM and nn.Linear draw them: uniform within
// 1/√(size).
func addBiLSTM(p *Parameters, hidden, state int64) error {
	s := libtorch.NewScope()
	defer s.Close()
	bound := 1 / math.Sqrt(float64(state))
	shapes := [][]int64{{4 * state, hidden}, {4 * state, state}, {4 * state}, {4 * state}}
	for _, direction := range []string{"", "_reverse"} {
		for i, name := range lstmNames {
			if err := p.add(s, "lstm."+name+direction, s.Uniform(-bound, bound, shapes[i]...), shapes[i]); err != nil {
				return err
			}
		}
	}
	bound = 1 / math.Sqrt(float64(2*state))
	if err := p.add(s, "lstm_output.weight", s.Uniform(-bound, bound, hidden, 2*state), []int64{hidden, 2 * state}); err != nil {
		return err
	}
	if err := p.add(s, "lstm_output.bias", s.Zeros(libtorch.Float32, libtorch.CPU, hidden), []int64{hidden}); err != nil {
		return err
	}
	gate := s.Zeros(libtorch.Float32, libtorch.CPU, 1)
	return p.add(s, "gate", gate, []int64{1})
}

// addAttentionPooling draws W as nn.Linear does and sets v to zero. All scores are then equal, so pooling starts as
// the mean.
func addAttentionPooling(p *Parameters, hidden int64) error {
	s := libtorch.NewScope()
	defer s.Close()
	bound := 1 / math.Sqrt(float64(hidden))
	if err := p.add(s, "attention.weight", s.Uniform(-bound, bound, hidden, hidden), []int64{hidden, hidden}); err != nil {
		return err
	}
	if err := p.add(s, "attention.bias", s.Zeros(libtorch.Float32, libtorch.CPU, hidden), []int64{hidden}); err != nil {
		return err
	}
	return p.add(s, "attention.score", s.Zeros(libtorch.Float32, libtorch.CPU, 1, hidden), []int64{1, hidden})
}

// addProjection starts as the identity if the sizes agree, else as a random map that keeps distances in expectation
// (Johnson and Lindenstrauss), so that near vectors stay near.
func addProjection(p *Parameters, hidden, size int64) error {
	s := libtorch.NewScope()
	defer s.Close()
	weight := s.Normal(0, 1/math.Sqrt(float64(size)), size, hidden)
	if size == hidden {
		identity := make([]float32, hidden*hidden)
		for i := range hidden {
			identity[i*hidden+i] = 1
		}
		weight = s.Float32s(identity, hidden, hidden)
	}
	return p.add(s, "projection.weight", weight, []int64{size, hidden})
}
