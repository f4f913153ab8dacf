package model

import (
	"fmt"
	"math"

	"skillspace/internal/libtorch"
)

// Pooling names how a sequence's hidden states become one vector.
type Pooling string

// The three poolings.
const (
	MeanPooling      Pooling = "mean"      // the mean over tokens
	CLSPooling       Pooling = "cls"       // the first token's state
	AttentionPooling Pooling = "attention" // a learned weighting, softmax(v·tanh(W h + b)); it starts as the mean
)

// addAttentionPooling draws W as nn.Linear does and sets v to zero: equal scores, so pooling starts as the mean.
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

// pool reduces hiddenNH [N, H] to pooledBH [B, H]. The result of a sequence depends on its own tokens only.
func pool(s *libtorch.Scope, kind Pooling, p *Parameters, hiddenNH libtorch.Tensor, l layout) libtorch.Tensor {
	switch kind {
	case CLSPooling:
		return s.Rows(hiddenNH, s.Narrow(l.offsets, 0, 0, l.size))
	case MeanPooling:
		if l.padding == nil {
			return s.Pool(hiddenNH, libtorch.Tensor{}, l.offsets)
		}
		return padded(s, hiddenNH, l.padding.mean, l)
	case AttentionPooling:
		seen := s.Tanh(s.LinearIn(l.precision, hiddenNH, p.get("attention.weight"), p.get("attention.bias")))
		scoresN1 := s.Linear(seen, p.get("attention.score"), libtorch.Tensor{})
		if l.padding == nil {
			return s.Pool(hiddenNH, s.Reshape(scoresN1, l.tokens), l.offsets)
		}
		scoresBT := s.Reshape(s.Rows(scoresN1, l.padding.padded), l.size, l.padding.longest)
		return padded(s, hiddenNH, s.Softmax(s.Add(scoresBT, l.padding.mask), -1, libtorch.Float32), l)
	}
	s.Fail(fmt.Errorf("pooling %q is not one of mean, cls, attention", kind))
	return libtorch.Tensor{}
}

// padded sums the hidden states with weightsBT, zero at padding.
func padded(s *libtorch.Scope, hiddenNH, weightsBT libtorch.Tensor, l layout) libtorch.Tensor {
	pooled := s.MatMul(s.Reshape(weightsBT, l.size, 1, l.padding.longest), s.Rows(hiddenNH, l.padding.padded))
	return s.Reshape(pooled, l.size, -1)
}
