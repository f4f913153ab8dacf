package model

import "skillspace/internal/libtorch"

// Tower is an encoder and a head: token sequences in, unit vectors out.
type Tower struct {
	Encoder *Encoder
	head    *head
}

// NewTower puts a new head on encoder, which the tower owns from then on; after an error it stays the caller's.
func NewTower(encoder *Encoder, c HeadConfig) (*Tower, error) {
	h, err := newHead(c, encoder.Config.HiddenSize, encoder.device)
	if err != nil {
		return nil, err
	}
	return &Tower{Encoder: encoder, head: h}, nil
}

// Close frees the weights.
func (t *Tower) Close() {
	t.Encoder.Close()
	t.head.parameters.Close()
}

// Head returns the head's parameters.
func (t *Tower) Head() *Parameters { return t.head.parameters }

// HeadConfig returns the head's configuration.
func (t *Tower) HeadConfig() HeadConfig { return t.head.config }

// Device returns where the tower's weights are.
func (t *Tower) Device() libtorch.Device { return t.Encoder.device }

// Dimension returns the embedding size D.
func (t *Tower) Dimension() int64 {
	return t.head.config.Dimension(t.Encoder.Config.HiddenSize)
}

// Embed returns the batch's embeddings [B, D], Float32 and of unit length. Matrix products over all tokens are
// computed in precision; the LSTM's recurrence, pooling and the steps after it always in Float32.
func (t *Tower) Embed(s *libtorch.Scope, b *Batch, precision libtorch.DType, training bool) libtorch.Tensor {
	hiddenNH, l := t.Encoder.hiddenFloat32(s, b, precision, training)
	return t.head.forward(s, hiddenNH, l)
}
