package model

import (
	"fmt"

	"skillspace/internal/libtorch"
	"skillspace/model/network"
)

// Pooling names how a sequence's hidden states become one vector.
type Pooling string

// The three poolings.
const (
	MeanPooling      Pooling = "mean"      // the mean over tokens
	CLSPooling       Pooling = "cls"       // the first token's state
	AttentionPooling Pooling = "attention" // a learned weighting, softmax(v·tanh(W h + b)); it starts as the mean
)

// HeadConfig describes what follows the encoder in a tower.
type HeadConfig struct {
	Pooling     Pooling `json:"pooling"`
	BiLSTM      bool    `json:"bilstm"`
	BiLSTMState int64   `json:"bilstm_hidden,omitempty"` // one direction's size; 0 means half the hidden size
	Projection  int64   `json:"projection,omitempty"`    // embedding size D; 0 means no projection, D = H
}

// State returns the size of one LSTM direction on an encoder of the given hidden size.
func (c HeadConfig) State(hidden int64) int64 {
	if c.BiLSTMState > 0 {
		return c.BiLSTMState
	}
	return max(hidden/2, 1)
}

// Dimension returns the size D of the head's vectors on an encoder of the given hidden size.
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

// head is an optional BiLSTM, a pooling and an optional projection. With its initial weights it gives the same
// result as plain pooling of the encoder, unless it projects to another size.
type head struct {
	config     HeadConfig
	parameters *Parameters
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
		if err := addBiLSTM(h.parameters, hidden, h.config.State(hidden)); err != nil {
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

// Forward maps hidden states to one vector per sequence, before normalisation. prefix precedes the names of the
// head's parameters.
func (c HeadConfig) Forward(n network.Operations, prefix string, hidden network.Value) network.Value {
	if c.BiLSTM {
		read := n.Linear(n.BiLSTM(hidden, prefix+"lstm."), prefix+"lstm_output.weight", prefix+"lstm_output.bias")
		hidden = n.Add(hidden, n.Mul(read, n.Parameter(prefix+"gate")))
	}
	vector := c.pool(n, prefix, n.WithoutContext(hidden))
	if c.Projection > 0 {
		vector = n.LinearFloat32(vector, prefix+"projection.weight", "")
	}
	return vector
}

// pool reduces the hidden states of tokens to one vector per sequence, which depends on the sequence's own tokens only.
func (c HeadConfig) pool(n network.Operations, prefix string, hidden network.Value) network.Value {
	switch c.Pooling {
	case CLSPooling:
		return n.FirstToken(hidden)
	case AttentionPooling:
		seen := n.Tanh(n.Linear(hidden, prefix+"attention.weight", prefix+"attention.bias"))
		return n.WeightedSum(hidden, n.LinearFloat32(seen, prefix+"attention.score", ""))
	default:
		return n.Mean(hidden)
	}
}

// forward maps hiddenNH [N, H], Float32, to unit vectors [B, D].
func (h *head) forward(s *libtorch.Scope, hiddenNH libtorch.Tensor, l *layout) libtorch.Tensor {
	return s.Normalize(h.pooled(s, hiddenNH, l))
}

// pooled maps hiddenNH [N, H], Float32, to vectors [B, D] before normalisation.
func (h *head) pooled(s *libtorch.Scope, hiddenNH libtorch.Tensor, l *layout) libtorch.Tensor {
	return tensor(h.config.Forward(&eager{scope: s, parameters: h.parameters, layout: l}, "", hiddenNH))
}
