package libtorch

// #include "bridge.h"
import "C"

import (
	"fmt"
	"unsafe"

	lib "github.com/sugarme/gotch/libtch"
)

// Linear returns x·weightᵀ + bias for x [*, in], weight [out, in], bias [out] (or the zero Tensor for none).
func (s *Scope) Linear(x, weight, bias Tensor) Tensor {
	if !bias.Defined() {
		return s.MatMul(x, s.Transpose(weight, 0, 1))
	}
	if !s.ready("linear", x, weight, bias) {
		return Tensor{}
	}
	var out lib.Ctensor
	lib.AtgLinear(&out, x.c, weight.c, bias.c)
	return s.adopt(out, "linear")
}

// LinearIn is [Scope.Linear] of Float32 tensors with the product computed in dtype; the result is Float32 again.
func (s *Scope) LinearIn(dtype DType, x, weight, bias Tensor) Tensor {
	if dtype == Float32 {
		return s.Linear(x, weight, bias)
	}
	if bias.Defined() {
		bias = s.To(bias, dtype)
	}
	return s.To(s.Linear(s.To(x, dtype), s.To(weight, dtype), bias), Float32)
}

// LayerNorm normalises the last dimension (of the given size) of x and applies weight and bias.
func (s *Scope) LayerNorm(x, weight, bias Tensor, size int64, epsilon float64) Tensor {
	if !s.ready("layer norm", x, weight, bias) {
		return Tensor{}
	}
	var out lib.Ctensor
	lib.AtgLayerNorm(&out, x.c, []int64{size}, 1, weight.c, bias.c, epsilon, 0)
	return s.adopt(out, "layer norm")
}

// LSTMWeights are one direction's parameters of a one-layer LSTM, gates in PyTorch's order (input, forget, cell, output).
type LSTMWeights struct {
	InputHidden  Tensor // weight_ih [4H, in]
	HiddenHidden Tensor // weight_hh [4H, H]
	InputBias    Tensor // bias_ih [4H]
	HiddenBias   Tensor // bias_hh [4H]
}

// PackedLSTM runs one direction of an LSTM over packed sequences inputNI [N, in], Float32 on the CPU, from zero states, and
// returns the outputs [N, H]. offsets [B+1] Int64 hold the first row of each sequence, and N at the end. reverse reads every
// sequence from its end. The input's products are computed in dtype, the recurrence in Float32. The kernel is ours
// (lstm.cpp).
func (s *Scope) PackedLSTM(inputNI Tensor, w LSTMWeights, offsets Tensor, dtype DType, reverse bool) Tensor {
	projected := s.LinearIn(dtype, inputNI, w.InputHidden, s.Add(w.InputBias, w.HiddenBias))
	if !s.ready("lstm", projected, w.HiddenHidden, offsets) {
		return Tensor{}
	}
	var out C.ss_tensor
	if err := bridgeError(C.ss_lstm(projected.bridge(), w.HiddenHidden.bridge(), offsets.bridge(), C.int(boolean(reverse)), &out)); err != nil {
		s.Fail(fmt.Errorf("lstm: %w", err))
		return Tensor{}
	}
	return s.adopt(lib.Ctensor(unsafe.Pointer(out)), "lstm")
}

// PaddedLSTM runs libtorch's LSTM, one direction, over a padded, time-major block inputTBI [T, B, in], Float32 on device, from
// zero states, and returns the outputs [T, B, hidden].
func (s *Scope) PaddedLSTM(inputTBI Tensor, w LSTMWeights, hidden int64, device Device) Tensor {
	if !s.ready("lstm", inputTBI, w.InputHidden, w.HiddenHidden, w.InputBias, w.HiddenBias) {
		return Tensor{}
	}
	shape := s.shapeOf("lstm", inputTBI, "an input [T, B, in]", 3)
	if shape == nil {
		return Tensor{}
	}
	state := s.Zeros(Float32, device, 1, shape[1], hidden)
	if s.err != nil {
		return Tensor{}
	}
	states := []lib.Ctensor{state.c, state.c}
	weights := []lib.Ctensor{w.InputHidden.c, w.HiddenHidden.c, w.InputBias.c, w.HiddenBias.c}
	var out [3]lib.Ctensor // outputs, last hidden state, last cell state
	lib.AtgLstm(&out[0], inputTBI.c, states, len(states), weights, len(weights), 1, 1, 0, 1, 0, 0)
	output := s.adopt(out[0], "lstm")
	if output.Defined() {
		s.adopt(out[1], "lstm")
		s.adopt(out[2], "lstm")
	}
	return output
}

// Pool sums packed hiddenNH [N, H], Float32 on the CPU, over each sequence of offsets [B+1], to [B, H]. Rows are weighted by
// the softmax over their sequence's scores [N]. With the zero Tensor for scores the result is the mean.
func (s *Scope) Pool(hiddenNH, scores, offsets Tensor) Tensor {
	if !s.ready("pool", hiddenNH, offsets) {
		return Tensor{}
	}
	var out C.ss_tensor
	if err := bridgeError(C.ss_pool(hiddenNH.bridge(), scores.bridge(), offsets.bridge(), &out)); err != nil {
		s.Fail(fmt.Errorf("pool: %w", err))
		return Tensor{}
	}
	return s.adopt(lib.Ctensor(unsafe.Pointer(out)), "pool")
}

// Normalize scales each row of x [B, D] to an L2 norm of 1. A zero row stays zero.
func (s *Scope) Normalize(x Tensor) Tensor {
	norm := s.withScalar("vector norm", x, 2, func(out *lib.Ctensor, x lib.Ctensor, order lib.Cscalar) {
		lib.AtgNormScalaroptDim(out, x, order, []int64{-1}, 1, 1)
	})
	return s.Div(x, s.ClampMin(norm, 1e-12))
}

// Attention returns softmax(query·keyᵀ/√d + mask)·value, [B, heads, T, d], for query, key and value of that shape and one
// type. It is libtorch's scaled dot-product attention, which picks a kernel by device, type and mask. mask broadcasts to
// [B, heads, T, T] and gets a gradient where it records one. Each probability is dropped with probability dropout.
func (s *Scope) Attention(query, key, value, mask Tensor, dropout float64) Tensor {
	shape := s.shapeOf("attention", query, "a query [B, heads, T, d]", 4)
	if shape == nil || !s.ready("attention", query, key, value, mask) {
		return Tensor{}
	}
	if dtype := query.DType(); mask.DType() != dtype {
		mask = s.To(mask, dtype)
	}
	if !s.ready("attention", mask) {
		return Tensor{}
	}
	if dropout > 0 {
		if err := bridgeError(C.ss_seed_device(query.bridge())); err != nil {
			s.Fail(fmt.Errorf("attention: %w", err))
			return Tensor{}
		}
	}
	var out lib.Ctensor
	lib.AtgScaledDotProductAttention(&out, query.c, key.c, value.c, mask.c, dropout, 0, 0, 1)
	return s.adopt(out, "attention")
}

// Dropout zeroes elements with probability p and scales the rest by 1/(1-p) while training. Otherwise it returns x. On the
// CPU, one draw from the default generator determines the mask of a Float32 or BFloat16 x: the kernel is ours (dropout.cpp).
func (s *Scope) Dropout(x Tensor, p float64, training bool) Tensor {
	if !s.ready("dropout", x) || !training || p == 0 {
		return x
	}
	var out C.ss_tensor
	if err := bridgeError(C.ss_dropout(x.bridge(), C.double(p), &out)); err != nil {
		s.Fail(fmt.Errorf("dropout: %w", err))
		return Tensor{}
	}
	return s.adopt(lib.Ctensor(unsafe.Pointer(out)), "dropout")
}

// WeightedBCE returns the mean binary cross entropy of logits [B] against targets [B] (0 to 1), positives weighted by
// positiveWeight [1], all Float32.
func (s *Scope) WeightedBCE(logits, targets, positiveWeight Tensor) Tensor {
	return s.FocalLoss(logits, targets, positiveWeight, 0)
}

// FocalLoss is [Scope.WeightedBCE] with the term of each class weighted by (1-p)^gamma, where p is the predicted probability of
// that class (Lin et al., arXiv 1708.02002). Well-classified examples then count less. gamma is 0 or above.
func (s *Scope) FocalLoss(logits, targets, positiveWeight Tensor, gamma float64) Tensor {
	// -(w·y·(1-p)^γ·log p + (1-y)·p^γ·log(1-p)) with p = σ(x), written with softplus, which cannot overflow:
	// -log σ(x) = softplus(-x) and 1-σ(x) = exp(-softplus(x)).
	toPositive, toNegative := s.Softplus(s.Scale(logits, -1)), s.Softplus(logits)
	positive := s.Mul(s.Mul(targets, positiveWeight), s.modulated(toPositive, toNegative, gamma))
	negative := s.Mul(s.AddScalar(s.Scale(targets, -1), 1), s.modulated(toNegative, toPositive, gamma))
	return s.mean(s.Add(positive, negative))
}

// modulated returns loss·exp(-gamma·opposite), where loss is the loss of a logit for one class and opposite for the other.
func (s *Scope) modulated(loss, opposite Tensor, gamma float64) Tensor {
	if gamma == 0 {
		return loss
	}
	return s.Mul(loss, s.Exp(s.Scale(opposite, -gamma)))
}

func (s *Scope) mean(x Tensor) Tensor {
	return s.unary("mean", x, func(out *lib.Ctensor, x lib.Ctensor) { lib.AtgMean(out, x, int32(Float32)) })
}
