package libtorch

// #include "bridge.h"
import "C"

import (
	"fmt"

	lib "github.com/sugarme/gotch/libtch"
)

// Seed seeds the default generators of the CPU and the CUDA devices.
func Seed(seed uint64) error { return bridgeError(C.ss_seed(C.uint64_t(seed))) }

// GeneratorState returns the CPU generator's state for [SetGeneratorState], which replays the same draws.
func GeneratorState() ([]byte, error) {
	var out C.ss_tensor
	if err := bridgeError(C.ss_generator_state(&out)); err != nil {
		return nil, fmt.Errorf("generator state: %w", err)
	}
	defer C.ss_free(out)
	return wrap(out).Bytes()
}

// SetGeneratorState restores a state of the CPU generator that [GeneratorState] returned.
func SetGeneratorState(state []byte) error {
	s := NewScope()
	defer s.Close()
	t := s.New(state, Uint8, int64(len(state)))
	if s.err != nil {
		return s.err
	}
	if err := bridgeError(C.ss_set_generator_state(t.bridge())); err != nil {
		return fmt.Errorf("set generator state: %w", err)
	}
	return nil
}

// SetThreads sets how many threads one operation may use, for the calling thread and for threads that have not computed yet.
// Results are bit-identical only at the same number.
func SetThreads(n int) error { return bridgeError(C.ss_set_threads(C.int(n))) }

// ShareThreads is SetThreads for operations on the calling OS thread alone. It is cheap: a goroutine that is locked to its
// thread can change the number before each batch.
func ShareThreads(n int) error { return bridgeError(C.ss_share_threads(C.int(n))) }

// Threads returns how many threads one operation on the calling OS thread may use.
func Threads() int { return int(C.ss_threads()) }

// CUDADevices returns the number of usable CUDA devices; 0 for a CPU build or a machine without a driver.
func CUDADevices() int {
	if !lib.AtcCudaIsAvailable() {
		return 0
	}
	return int(lib.AtcCudaDeviceCount())
}

// Version returns libtorch's version, such as "2.1.2".
func Version() string { return C.GoString(C.ss_version()) }

// CUDAVersion returns the version of the CUDA runtime that the process is linked with, such as "12.1"; "" for a CPU build.
func CUDAVersion() string {
	version := int(C.ss_cuda_version())
	if version == 0 {
		return ""
	}
	return fmt.Sprintf("%d.%d", version/1000, version%1000/10)
}

// Build names the versions of libtorch and CUDA for --version, in rows of a name and a version.
func Build() [][2]string {
	cuda := CUDAVersion()
	if cuda == "" {
		cuda = "none (a CPU build)"
	}
	return [][2]string{{"libtorch", Version()}, {"CUDA", cuda}}
}

// Autocast runs f with matrix products, and the other operations that PyTorch's autocast lists, in dtype on device. Float32
// turns it off. Parameters stay Float32. The backward pass belongs outside of f.
func Autocast(device Device, dtype DType, f func()) error {
	if dtype == Float32 {
		f()
		return nil
	}
	cuda := C.int(boolean(device.IsCUDA()))
	if err := bridgeError(C.ss_autocast_enter(cuda, C.int(dtype))); err != nil {
		return fmt.Errorf("autocast: %w", err)
	}
	defer C.ss_autocast_exit(cuda)
	f()
	return nil
}
