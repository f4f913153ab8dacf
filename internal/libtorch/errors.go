package libtorch

// #include <stdlib.h>
// #include "bridge.h"
import "C"

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"

	lib "github.com/sugarme/gotch/libtch"
)

// ErrOutOfMemory marks the error of an allocator, of the host or of a CUDA device. Existing tensors are unchanged.
var ErrOutOfMemory = errors.New("out of memory")

// allocatorComplaints are the messages of CUDA's allocator, the host's, C++'s, cuBLAS and cuDNN.
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

// Advise adds advice, such as which settings to lower, to an error that is [ErrOutOfMemory]. It returns any other error, and
// nil, unchanged.
func Advise(err error, advice string) error {
	if !errors.Is(err, ErrOutOfMemory) {
		return err
	}
	return fmt.Errorf("%w (%s)", err, advice)
}

// bridgeError returns the error of a function of bridge.h, nil for none, and frees its message.
func bridgeError(message *C.char) error {
	if message == nil {
		return nil
	}
	defer C.free(unsafe.Pointer(message))
	return ErrorOf(C.GoString(message))
}

// gotchError returns gotch's last error on this thread, nil for none.
func gotchError() error {
	message := (*C.char)(unsafe.Pointer(lib.GetAndResetLastErr()))
	return bridgeError(message)
}

// ErrorOf returns the error for a message of libtorch, without the C++ stack that follows it. It is [ErrOutOfMemory] where an
// allocator says so.
func ErrorOf(message string) error {
	if cut := strings.Index(message, "\nException raised from"); cut >= 0 {
		message = message[:cut]
	}
	message = strings.TrimSpace(message)
	if outOfMemory(message) {
		return fmt.Errorf("libtorch: %w: %s", ErrOutOfMemory, message)
	}
	return errors.New("libtorch: " + message)
}
