package libtorch

import (
	"errors"
	"fmt"
	"strings"
)

// ErrOutOfMemory marks an error of an allocator, that of a CUDA device or the host's. The tensors that exist are as they were.
var ErrOutOfMemory = errors.New("out of memory")

// allocatorComplaints are what CUDA's allocator, the host's, C++'s, cuBLAS and cuDNN say.
var allocatorComplaints = []string{
	"out of memory", "can't allocate memory", "not enough memory", "bad_alloc", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED",
}

func outOfMemory(message string) bool {
	for _, complaint := range allocatorComplaints {
		if strings.Contains(message, complaint) {
			return true
		}
	}
	return false
}

// Advise adds to an error that is [ErrOutOfMemory] which settings to lower; another error, or nil, it returns as it is.
func Advise(err error, advice string) error {
	if !errors.Is(err, ErrOutOfMemory) {
		return err
	}
	return fmt.Errorf("%w (%s)", err, advice)
}
