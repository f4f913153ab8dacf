package model

import (
	"path/filepath"
	"testing"

	"skillspace/internal/libtorch"
	"skillspace/internal/reference"
)

// values is a file of values made by PyTorch and transformers (scripts/parity).
type values struct {
	reference.Values
	t *testing.T
}

func openReference(t *testing.T, path string) values {
	t.Helper()
	return values{reference.Open(t, path), t}
}

func openGolden(t *testing.T, name string) values {
	t.Helper()
	return openReference(t, filepath.Join("..", "testdata", "reference", name+".safetensors"))
}

// batch rebuilds the sequences of a padded reference batch.
func (r values) batch() *Batch {
	r.t.Helper()
	ids, shape := r.Ints("input_ids")
	lengths, _ := r.Ints("lengths")
	sequences := make([][]int32, len(lengths))
	for i, length := range lengths {
		for _, id := range ids[int64(i)*shape[1] : int64(i)*shape[1]+length] {
			sequences[i] = append(sequences[i], int32(id))
		}
	}
	b, err := NewBatch(sequences)
	if err != nil {
		r.t.Fatal(err)
	}
	return b
}

// run executes a test inside libtorch.Do.
func run(t *testing.T, f func(s *libtorch.Scope)) {
	t.Helper()
	if err := libtorch.Do(func(s *libtorch.Scope) error { f(s); return nil }); err != nil {
		t.Fatal(err)
	}
}
