package libtorch

// #include <stdlib.h>
// #include "bridge.h"
import "C"

import (
	"fmt"
	"unsafe"

	lib "github.com/sugarme/gotch/libtch"
)

// SaveScript writes a TorchScript module to path. source defines its methods, which name the tensors self.NAME.
func SaveScript(path, source string, names []string, tensors []Tensor) error {
	if len(names) != len(tensors) || len(names) == 0 {
		return fmt.Errorf("save script: %d names for %d tensors", len(names), len(tensors))
	}
	var strings []*C.char
	text := func(s string) *C.char {
		c := C.CString(s)
		strings = append(strings, c)
		return c
	}
	defer func() {
		for _, c := range strings {
			C.free(unsafe.Pointer(c))
		}
	}()
	list, handles := make([]*C.char, len(names)), make([]C.ss_tensor, len(names))
	for i, name := range names {
		list[i], handles[i] = text(name), tensors[i].bridge()
	}
	if err := bridgeError(C.ss_save_script(text(source), &list[0], &handles[0], C.size_t(len(names)), text(path))); err != nil {
		return fmt.Errorf("save script: %w", err)
	}
	return nil
}

// RunScript loads the TorchScript module at path, calls its method forward with inputs, and returns the resulting tensor, or
// the tensors of the resulting tuple.
func (s *Scope) RunScript(path string, inputs ...Tensor) []Tensor {
	if !s.ready("run script", inputs...) {
		return nil
	}
	handles := make([]C.ss_tensor, max(len(inputs), 1))
	for i, input := range inputs {
		handles[i] = input.bridge()
	}
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	var out [8]C.ss_tensor
	var n C.size_t
	if err := bridgeError(C.ss_run_script(name, &handles[0], C.size_t(len(inputs)), &out[0], C.size_t(len(out)), &n)); err != nil {
		s.Fail(fmt.Errorf("run script %s: %w", path, err))
		return nil
	}
	var results []Tensor
	for _, t := range out[:n] {
		s.owned = append(s.owned, lib.Ctensor(unsafe.Pointer(t)))
		results = append(results, wrap(t))
	}
	return results
}
