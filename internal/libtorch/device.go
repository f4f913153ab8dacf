package libtorch

// #include "bridge.h"
import "C"

import (
	"fmt"
	"strconv"
	"strings"
	"unsafe"

	lib "github.com/sugarme/gotch/libtch"
)

// Device is a place for tensors. The zero Device is the CPU.
type Device int32

// CPU is the host.
const CPU Device = 0

// CUDA returns the CUDA device of an index, 0 for the first one.
func CUDA(index int) Device { return Device(index + 1) }

// IsCUDA reports whether the device is a CUDA device.
func (d Device) IsCUDA() bool { return d > 0 }

// String returns "cpu" or "cuda:N".
func (d Device) String() string {
	if d.IsCUDA() {
		return fmt.Sprintf("cuda:%d", d-1)
	}
	return "cpu"
}

func (s *Scope) toCUDA(x Tensor, device Device) Tensor {
	if !s.ready("to device", x) {
		return Tensor{}
	}
	var out C.ss_tensor
	if err := bridgeError(C.ss_to_cuda(x.bridge(), C.int(device-1), &out)); err != nil {
		s.Fail(fmt.Errorf("to device: %w", err))
		return Tensor{}
	}
	return s.adopt(lib.Ctensor(unsafe.Pointer(out)), "to device")
}

// gotch returns gotch's number for the device: -1 for the CPU, the index of a CUDA device.
func (d Device) gotch() int32 { return int32(d) - 1 }

// Choose resolves a configured device: "cpu", "cuda" (the first CUDA device), "cuda:N", or "auto" (the first CUDA device if
// there is one, otherwise the CPU). A CUDA device that does not exist is an error.
func Choose(name string) (Device, error) { return ChooseAmong(name, CUDADevices) }

// ChooseAmong is [Choose] with the number of CUDA devices, which it asks for where name may mean one.
func ChooseAmong(name string, cudaDevices func() int) (Device, error) {
	switch name {
	case "cpu":
		return CPU, nil
	case "auto":
		if cudaDevices() == 0 {
			return CPU, nil
		}
		return CUDA(0), nil
	}
	index, err := cudaIndex(name)
	if err != nil {
		return CPU, err
	}
	switch found := cudaDevices(); {
	case found == 0:
		return CPU, fmt.Errorf("device: %s is set, but libtorch %s finds no CUDA device "+
			"(a CPU build, or no driver; build with `make build CUDA=1`, or set device: cpu)", name, Version())
	case index >= found:
		return CPU, fmt.Errorf("device: %s is set, but there are only %d CUDA devices: the last one is cuda:%d", name, found, found-1)
	}
	return CUDA(index), nil
}

// cudaIndex returns N of "cuda:N", and 0 of "cuda".
func cudaIndex(name string) (int, error) {
	number, numbered := strings.CutPrefix(name, "cuda:")
	if name == "cuda" {
		return 0, nil
	}
	index, err := strconv.ParseUint(number, 10, 16)
	if !numbered || err != nil || number != strconv.FormatUint(index, 10) {
		return 0, fmt.Errorf("device: %q is not one of auto, cpu, cuda, cuda:N", name)
	}
	return int(index), nil
}
