package libtorch

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestHugeAllocation asks the host for 4 PiB: an error must come, and the process go on.
func TestHugeAllocation(t *testing.T) {
	err := Do(func(s *Scope) error {
		s.Zeros(Float32, CPU, 1<<25, 1<<25)
		return nil
	})
	if !errors.Is(err, ErrOutOfMemory) || !strings.HasPrefix(err.Error(), "zeros: libtorch: out of memory: ") || strings.Contains(err.Error(), "Exception raised") {
		t.Errorf("error %v", err)
	}
	err = Do(func(s *Scope) error {
		if value, err := s.Sum(s.Zeros(Float32, CPU, 3)).Float(); err != nil || value != 0 {
			t.Errorf("afterwards: %v, %v", value, err)
		}
		return nil
	})
	if err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestAllocatorsAreRecognised holds the messages of the allocators that this machine may lack.
func TestAllocatorsAreRecognised(t *testing.T) {
	for _, message := range []string{
		"CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacty of 79.11 GiB",
		"CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported",
		"CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
		"cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
		"std::bad_alloc",
	} {
		if err := libtorchError(message); !errors.Is(err, ErrOutOfMemory) {
			t.Errorf("%q is not out of memory: %v", message, err)
		}
	}
	if err := libtorchError("mat1 and mat2 shapes cannot be multiplied"); errors.Is(err, ErrOutOfMemory) {
		t.Errorf("another error is out of memory: %v", err)
	}
}

func TestAdvise(t *testing.T) {
	err := Advise(fmt.Errorf("step 3: %w", ErrOutOfMemory), "lower train.batch_size")
	if !errors.Is(err, ErrOutOfMemory) || err.Error() != "step 3: out of memory (lower train.batch_size)" {
		t.Errorf("error %v", err)
	}
	other := errors.New("other")
	if Advise(other, "x") != other || Advise(nil, "x") != nil {
		t.Error("another error was changed")
	}
}
