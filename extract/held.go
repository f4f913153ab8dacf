package extract

import (
	"fmt"

	"skillspace/internal/libtorch"
)

// held is the index's matrix in libtorch's memory, ready for products.
type held struct {
	scope  *libtorch.Scope
	rowsDV libtorch.Tensor // [D, V], V the number of rows
	device libtorch.Device
}

// Hold copies the embeddings to device once, so that Score need not copy them at every call: for an index that is searched many times.
// Free what it holds with Close. It must not run beside Score.
func (x *Index) Hold(device libtorch.Device) error {
	x.Close()
	h := &held{scope: libtorch.NewScope(), device: device}
	err := libtorch.Do(func(s *libtorch.Scope) error {
		rowsDV := s.Move(x.matrix(s, device), h.scope)
		if err := s.Err(); err != nil {
			return err
		}
		h.rowsDV = rowsDV
		return nil
	})
	if err != nil {
		h.scope.Close()
		return fmt.Errorf("hold skill index: %w", err)
	}
	x.held = h
	return nil
}

// Close frees what Hold holds. The index still works.
func (x *Index) Close() {
	if x.held != nil {
		x.held.scope.Close()
		x.held = nil
	}
}

// matrix returns the embeddings as [D, V] on device.
func (x *Index) matrix(s *libtorch.Scope, device libtorch.Device) libtorch.Tensor {
	rowsVD := s.Float32s(x.vectors.Data, int64(x.vectors.Len()), int64(x.vectors.Dimension))
	return s.Transpose(s.ToDevice(rowsVD, device), 0, 1)
}
