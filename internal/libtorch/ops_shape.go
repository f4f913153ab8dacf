package libtorch

import lib "github.com/sugarme/gotch/libtch"

// Reshape returns x with another shape; one size may be -1.
func (s *Scope) Reshape(x Tensor, shape ...int64) Tensor {
	return s.unary("reshape", x, func(out *lib.Ctensor, x lib.Ctensor) { lib.AtgReshape(out, x, shape, len(shape)) })
}

// Transpose returns x with two dimensions swapped.
func (s *Scope) Transpose(x Tensor, dim0, dim1 int64) Tensor {
	return s.unary("transpose", x, func(out *lib.Ctensor, x lib.Ctensor) { lib.AtgTranspose(out, x, dim0, dim1) })
}

// Narrow returns the elements [start, start+length) of one dimension.
func (s *Scope) Narrow(x Tensor, dim, start, length int64) Tensor {
	return s.unary("narrow", x, func(out *lib.Ctensor, x lib.Ctensor) { lib.AtgNarrow(out, x, dim, start, length) })
}

// Cat joins tensors along one dimension.
func (s *Scope) Cat(dim int64, tensors ...Tensor) Tensor {
	if !s.ready("cat", tensors...) {
		return Tensor{}
	}
	handles := make([]lib.Ctensor, len(tensors))
	for i, t := range tensors {
		handles[i] = t.c
	}
	var out lib.Ctensor
	lib.AtgCat(&out, handles, len(handles), dim)
	return s.adopt(out, "cat")
}

// Rows returns the rows of table [N, …] at indices, Int64 of any shape. The result has the shape of indices, followed by the
// shape of a row. It is libtorch's embedding, whose backward pass is parallel; that of index_select is not.
func (s *Scope) Rows(table, indices Tensor) Tensor {
	return s.binary("embedding", table, indices, func(out *lib.Ctensor, table, indices lib.Ctensor) {
		lib.AtgEmbedding(out, table, indices, -1, 0, 0)
	})
}
