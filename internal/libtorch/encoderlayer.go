package libtorch

// #include "bridge.h"
import "C"

import (
	"fmt"
	"unsafe"

	lib "github.com/sugarme/gotch/libtch"
)

// Activation is an encoder layer's activation function.
type Activation int

// The activations that BERT-like encoders use.
const (
	Gelu     Activation = 0 // exact, by the error function
	GeluTanh Activation = 1
	Relu     Activation = 2
)

// EncoderLayer is one BERT encoder layer on packed tokens, computed on the CPU by fused kernels (encoderlayer.cpp). It does no
// work on padding, and keeps less memory for the backward pass than the same layer made of single operations.
type EncoderLayer struct{ handle C.ss_encoder_layer }

// EncoderLayerOptions are what a forward pass of an [EncoderLayer] needs besides its input.
type EncoderLayerOptions struct {
	HiddenDropout    float64
	AttentionDropout float64
	Recompute        bool // gradient checkpointing: keep only the input, and compute the rest again in the backward pass
}

// NewEncoderLayer makes a layer of 16 Float32 CPU parameters, weight before bias: query, key, value, attention output,
// attention LayerNorm, intermediate, output, output LayerNorm. The layer reads them; their owner keeps them alive.
func NewEncoderLayer(parameters []Tensor, heads int64, activation Activation, epsilon float64) (*EncoderLayer, error) {
	var out C.ss_encoder_layer
	err := bridgeError(C.ss_encoder_layer_new(handles(parameters), C.size_t(len(parameters)), C.int64_t(heads), C.int(activation), C.double(epsilon), &out))
	if err != nil {
		return nil, fmt.Errorf("encoder layer: %w", err)
	}
	return &EncoderLayer{out}, nil
}

// Close frees the layer's copies of its parameters.
func (l *EncoderLayer) Close() {
	C.ss_encoder_layer_free(l.handle)
	l.handle = nil
}

// EncoderLayer maps packed tokens hiddenNH [N, H], Float32 or BFloat16, to the layer's output of the same type. offsets
// [B+1] Int64 hold the first row of each sequence, and N at the end. Dropout draws one seed from the default generator.
func (s *Scope) EncoderLayer(l *EncoderLayer, hiddenNH, offsets Tensor, o EncoderLayerOptions) Tensor {
	if !s.ready("encoder layer", hiddenNH, offsets) {
		return Tensor{}
	}
	var out C.ss_tensor
	err := bridgeError(C.ss_encoder_layer_forward(l.handle, hiddenNH.bridge(), offsets.bridge(), C.double(o.HiddenDropout),
		C.double(o.AttentionDropout), C.int(boolean(o.Recompute)), &out))
	if err != nil {
		s.Fail(fmt.Errorf("encoder layer: %w", err))
		return Tensor{}
	}
	return s.adopt(lib.Ctensor(unsafe.Pointer(out)), "encoder layer")
}
