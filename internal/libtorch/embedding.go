package libtorch

// #include "bridge.h"
import "C"

import (
	"fmt"
	"unsafe"

	lib "github.com/sugarme/gotch/libtch"
)

// EmbeddingTables are the parameters of BERT's embedding, Float32 on the CPU.
type EmbeddingTables struct {
	Word       Tensor // [V, H]
	Position   Tensor // [P, H]
	TokenType  Tensor // [types, H]; only the first row is used
	NormWeight Tensor // [H], LayerNorm's gamma
	NormBias   Tensor // [H], LayerNorm's beta
}

// EmbeddingOptions are what [Scope.Embed] needs besides its tensors.
type EmbeddingOptions struct {
	FirstPosition int64 // of a sequence's first token
	Epsilon       float64
	Dropout       float64
	DType         DType // of the result: Float32 or BFloat16
}

// Embed returns dropout(LayerNorm(word + position + type)) of packed token ids [N] Int64 as [N, H]. offsets [B+1] Int64
// hold the first row of each sequence, and N at the end. The gradient of the word table is sparse: it has the rows in ids.
func (s *Scope) Embed(t EmbeddingTables, ids, offsets Tensor, o EmbeddingOptions) Tensor {
	tables := []Tensor{t.Word, t.Position, t.TokenType, t.NormWeight, t.NormBias}
	if !s.ready("embedding", append(tables, ids, offsets)...) {
		return Tensor{}
	}
	var out C.ss_tensor
	err := bridgeError(C.ss_embed(handles(tables), ids.bridge(), offsets.bridge(), C.int64_t(o.FirstPosition), C.double(o.Epsilon),
		C.double(o.Dropout), C.int(o.DType), &out))
	if err != nil {
		s.Fail(fmt.Errorf("embedding: %w", err))
		return Tensor{}
	}
	return s.adopt(lib.Ctensor(unsafe.Pointer(out)), "embedding")
}
