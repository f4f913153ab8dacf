package libtorch

import lib "github.com/sugarme/gotch/libtch"

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
	var out lib.Ctensor
	lib.AtgScaledDotProductAttention(&out, query.c, key.c, value.c, mask.c, dropout, 0, 0, 1)
	return s.adopt(out, "attention")
}
