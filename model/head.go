package model

import (
	"fmt"
	"math"

	"skillspace/internal/libtorch"
)

// HeadConfig describes what follows the encoder in a tower.
type HeadConfig struct {
	Pooling     Pooling `json:"pooling"`
	BiLSTM      bool    `json:"bilstm"`
	BiLSTMState int64   `json:"bilstm_hidden,omitempty"` // one direction's size; 0 means half the hidden size
	Projection  int64   `json:"projection,omitempty"`    // embedding size D; 0 means no projection, D = H
}

// State is one LSTM direction's size on an encoder of this hidden size.
func (c HeadConfig) State(hidden int64) int64 {
	if c.BiLSTMState > 0 {
		return c.BiLSTMState
	}
	return max(hidden/2, 1)
}

// Dimension is the size D of what the head gives on an encoder of this hidden size.
func (c HeadConfig) Dimension(hidden int64) int64 {
	if c.Projection > 0 {
		return c.Projection
	}
	return hidden
}

// Validate checks the configuration; errors name the key.
func (c HeadConfig) Validate() error {
	switch c.Pooling {
	case MeanPooling, CLSPooling, AttentionPooling:
	default:
		return fmt.Errorf("pooling: %q is not one of mean, cls, attention", c.Pooling)
	}
	if c.BiLSTMState < 0 || c.BiLSTMState > 1<<14 {
		return fmt.Errorf("bilstm_hidden: %d is out of range", c.BiLSTMState)
	}
	if c.Projection < 0 || c.Projection > 1<<14 {
		return fmt.Errorf("projection: %d is out of range", c.Projection)
	}
	return nil
}

// head is BiLSTM (optional), pooling and projection (optional); its parameters start so that, without a projection to
// another size, it reproduces plain pooling of the encoder.
type head struct {
	config     HeadConfig
	parameters *Parameters
	lstm       *bilstm
}

func newHead(c HeadConfig, hidden int64, device libtorch.Device) (*head, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("head: %w", err)
	}
	h := &head{config: c, parameters: newParameters(device, true)}
	if err := h.build(hidden); err != nil {
		h.parameters.Close()
		return nil, fmt.Errorf("head: %w", err)
	}
	return h, nil
}

func (h *head) build(hidden int64) error {
	if h.config.BiLSTM {
		var err error
		if h.lstm, err = addBiLSTM(h.parameters, hidden, h.config.State(hidden)); err != nil {
			return err
		}
	}
	if h.config.Pooling == AttentionPooling {
		if err := addAttentionPooling(h.parameters, hidden); err != nil {
			return err
		}
	}
	if h.config.Projection > 0 {
		return addProjection(h.parameters, hidden, h.config.Projection)
	}
	return nil
}

// addProjection starts as the identity when sizes agree, else as a random map that keeps lengths in expectation
// (Johnson and Lindenstrauss), so that the pooled encoder's neighbourhoods survive it.
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

// forward maps hiddenNH [N, H] (Float32) to unit vectors [B, D].
func (h *head) forward(s *libtorch.Scope, hiddenNH libtorch.Tensor, l layout) libtorch.Tensor {
	return s.Normalize(h.pooled(s, hiddenNH, l))
}

// pooled maps hiddenNH [N, H] (Float32) to vectors [B, D] before normalisation.
func (h *head) pooled(s *libtorch.Scope, hiddenNH libtorch.Tensor, l layout) libtorch.Tensor {
	if h.lstm != nil {
		hiddenNH = h.lstm.forward(s, hiddenNH, l)
	}
	own := l
	if l.own != nil {
		hiddenNH, own = s.Rows(hiddenNH, l.own.rowsM), l.own.layout
	}
	vector := pool(s, h.config.Pooling, h.parameters, hiddenNH, own)
	if h.config.Projection > 0 {
		vector = s.Linear(vector, h.parameters.get("projection.weight"), libtorch.Tensor{})
	}
	return vector
}
