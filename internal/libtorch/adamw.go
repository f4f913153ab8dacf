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
	// RowsOnly leaves the rows of a sparse gradient's table that it does not name as they are, moments included. Otherwise
	// they are updated with a gradient of zero, as a dense one would do.
	RowsOnly bool
}

// AdamW updates every parameter that has a gradient, with first and second moments kept by the caller, as
// torch.optim.AdamW does (Loshchilov and Hutter, arXiv 1711.05101). The four slices run in parallel.
func AdamW(parameters, expAvg, expAvgSq []Tensor, groups []AdamWGroup) error {
	n := len(parameters)
	if len(expAvg) != n || len(expAvgSq) != n || len(groups) != n {
		return fmt.Errorf("AdamW: %d parameters, %d and %d moments, %d groups", n, len(expAvg), len(expAvgSq), len(groups))
	}
	settings := make([]C.ss_adamw, n)
	for i, g := range groups {
		settings[i] = C.ss_adamw{learning_rate: C.double(g.LearningRate), weight_decay: C.double(g.WeightDecay), beta1: C.double(g.Beta1),
			beta2: C.double(g.Beta2), epsilon: C.double(g.Epsilon), step: C.int64_t(g.Step), rows_only: C.int64_t(boolean(g.RowsOnly))}
	}
	err := bridgeError(C.ss_adamw_step(handles(parameters), handles(expAvg), handles(expAvgSq), unsafe.SliceData(settings), C.size_t(n)))
	if err != nil {
		return fmt.Errorf("AdamW: %w", err)
	}
	return nil
}
