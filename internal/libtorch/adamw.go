package libtorch

// #include "bridge.h"
import "C"

import (
	"fmt"
	"unsafe"
)

// AdamWGroup holds one parameter's settings for one update.
type AdamWGroup struct {
	LearningRate, WeightDecay, Beta1, Beta2, Epsilon float64
	Step                                             int64 // 1-based number of this update
}

// AdamW updates every parameter that has a gradient, with first and second moments kept by the caller, as
// torch.optim.AdamW does (Loshchilov and Hutter, arXiv 1711.05101). The four slices run in parallel.
func AdamW(parameters, expAvg, expAvgSq []Tensor, groups []AdamWGroup) error {
	n := len(parameters)
	if len(expAvg) != n || len(expAvgSq) != n || len(groups) != n {
		return fmt.Errorf("AdamW: %d parameters, %d and %d moments, %d groups", n, len(expAvg), len(expAvgSq), len(groups))
	}
	// AdamWGroup has ss_adamw's layout: five doubles and an int64.
	settings := (*C.ss_adamw)(unsafe.Pointer(unsafe.SliceData(groups)))
	err := bridgeError(C.ss_adamw_step(handles(parameters), handles(expAvg), handles(expAvgSq), settings, C.size_t(n)))
	if err != nil {
		return fmt.Errorf("AdamW: %w", err)
	}
	return nil
}
