package model

import (
	"math"

	"skillspace/internal/libtorch"
)

// bilstm adds a bidirectional LSTM's reading to the hidden states through a gate that starts at zero: h' = h + g·(W[→;←] + b).
// At the start it therefore changes nothing of what the encoder knows (the gated residual of ReZero, arXiv 2003.04887).
type bilstm struct {
	parameters    *Parameters
	hidden, state int64 // H and one direction's size
	device        libtorch.Device
}

// lstmNames are PyTorch's parameter names of one direction; the backward direction's end in _reverse.
var lstmNames = []string{"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"}

// addBiLSTM draws new weights as PyTorch's nn.LSTM and nn.Linear do: uniform within 1/√(size).
func addBiLSTM(p *Parameters, hidden, state int64) (*bilstm, error) {
	s := libtorch.NewScope()
	defer s.Close()
	bound := 1 / math.Sqrt(float64(state))
	shapes := [][]int64{{4 * state, hidden}, {4 * state, state}, {4 * state}, {4 * state}}
	for _, direction := range []string{"", "_reverse"} {
		for i, name := range lstmNames {
			if err := p.add(s, "lstm."+name+direction, s.Uniform(-bound, bound, shapes[i]...), shapes[i]); err != nil {
				return nil, err
			}
		}
	}
	bound = 1 / math.Sqrt(float64(2*state))
	if err := p.add(s, "lstm_output.weight", s.Uniform(-bound, bound, hidden, 2*state), []int64{hidden, 2 * state}); err != nil {
		return nil, err
	}
	if err := p.add(s, "lstm_output.bias", s.Zeros(libtorch.Float32, libtorch.CPU, hidden), []int64{hidden}); err != nil {
		return nil, err
	}
	gate := s.Zeros(libtorch.Float32, libtorch.CPU, 1)
	if err := p.add(s, "gate", gate, []int64{1}); err != nil {
		return nil, err
	}
	return &bilstm{parameters: p, hidden: hidden, state: state, device: p.device}, nil
}

// forward maps hiddenNH [N, H] to [N, H]. The backward direction reads every sequence from its own end.
func (m *bilstm) forward(s *libtorch.Scope, hiddenNH libtorch.Tensor, l layout) libtorch.Tensor {
	forward, backward := m.direction(s, hiddenNH, l, false), m.direction(s, hiddenNH, l, true)
	read := s.LinearIn(l.precision, s.Cat(1, forward, backward), m.parameters.get("lstm_output.weight"), m.parameters.get("lstm_output.bias"))
	return s.Add(hiddenNH, s.Mul(read, m.parameters.get("gate")))
}

// direction returns one direction's states [N, state].
func (m *bilstm) direction(s *libtorch.Scope, hiddenNH libtorch.Tensor, l layout, reverse bool) libtorch.Tensor {
	name := ""
	if reverse {
		name = "_reverse"
	}
	w := libtorch.LSTMWeights{
		InputHidden: m.parameters.get("lstm.weight_ih_l0" + name), HiddenHidden: m.parameters.get("lstm.weight_hh_l0" + name),
		InputBias: m.parameters.get("lstm.bias_ih_l0" + name), HiddenBias: m.parameters.get("lstm.bias_hh_l0" + name),
	}
	p := l.padding
	if p == nil {
		return s.PackedLSTM(hiddenNH, w, l.offsets, l.precision, reverse)
	}
	// Sequences are reversed within their own length, so that neither direction meets padding before a token.
	places, packed := p.steps, p.packedSteps
	if reverse {
		places, packed = p.reversed, p.packedReversed
	}
	outTBS := s.PaddedLSTM(s.Rows(hiddenNH, places), w, m.state, m.device)
	return s.Rows(s.Reshape(outTBS, l.size*p.longest, m.state), packed)
}
