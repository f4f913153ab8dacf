package libtorch_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"skillspace/internal/libtorch"
)

// TestHugeAllocation asks the host for 4 PiB: it must return an error, and the process must continue.
func TestHugeAllocation(t *testing.T) {
	err := libtorch.Do(func(s *libtorch.Scope) error {
		s.Zeros(libtorch.Float32, libtorch.CPU, 1<<25, 1<<25)
		return nil
	})
	if !errors.Is(err, libtorch.ErrOutOfMemory) || !strings.HasPrefix(err.Error(), "zeros: libtorch: out of memory: ") || strings.Contains(err.Error(), "Exception raised") {
		t.Errorf("error %v", err)
	}
	err = libtorch.Do(func(s *libtorch.Scope) error {
		if value, err := s.Sum(s.Zeros(libtorch.Float32, libtorch.CPU, 3)).Float(); err != nil || value != 0 {
			t.Errorf("afterwards: %v, %v", value, err)
		}
		return nil
	})
	if err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestAllocatorsAreRecognised tests messages of allocators that this machine may lack.
func TestAllocatorsAreRecognised(t *testing.T) {
	for _, message := range []string{
		"CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacty of 79.11 GiB",
		"CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported",
		"CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
		"cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
		"std::bad_alloc",
	} {
		if err := libtorch.ErrorOf(message); !errors.Is(err, libtorch.ErrOutOfMemory) {
			t.Errorf("%q is not out of memory: %v", message, err)
		}
	}
	if err := libtorch.ErrorOf("mat1 and mat2 shapes cannot be multiplied"); errors.Is(err, libtorch.ErrOutOfMemory) {
		t.Errorf("another error is out of memory: %v", err)
	}
}

func TestAdvise(t *testing.T) {
	err := libtorch.Advise(fmt.Errorf("step 3: %w", libtorch.ErrOutOfMemory), "lower train.batch_size")
	if !errors.Is(err, libtorch.ErrOutOfMemory) || err.Error() != "step 3: out of memory (lower train.batch_size)" {
		t.Errorf("error %v", err)
	}
	other := errors.New("other")
	if !errors.Is(libtorch.Advise(other, "x"), other) || libtorch.Advise(nil, "x") != nil {
		t.Error("another error was changed")
	}
}
