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
	// RowsOnly leaves the rows without an entry in a sparse gradient unchanged, moments included. Otherwise they are updated
	// with a gradient of zero, as by a dense gradient.
	RowsOnly bool
}

// AdamW updates every parameter that has a gradient, as torch.optim.AdamW does (Loshchilov and Hutter, arXiv 1711.05101).
// The caller keeps the first and second moments. The four slices have one element a parameter.
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

// ClearGradients removes the parameters' gradients and frees their memory.
func ClearGradients(parameters []Tensor) error {
	if err := bridgeError(C.ss_clear_grads(handles(parameters), C.size_t(len(parameters)))); err != nil {
		return fmt.Errorf("clear gradients: %w", err)
	}
	return nil
}

// CoalesceGradients sums the entries of a sparse gradient that are for one row of a table, so that the gradient of many
// backward passes takes the memory of its distinct rows. Dense gradients stay unchanged.
func CoalesceGradients(parameters []Tensor) error {
	if err := bridgeError(C.ss_coalesce_gradients(handles(parameters), C.size_t(len(parameters)))); err != nil {
		return fmt.Errorf("coalesce gradients: %w", err)
	}
	return nil
}

// ScaleGradients multiplies the parameters' gradients by factor.
func ScaleGradients(parameters []Tensor, factor float64) error {
	if err := bridgeError(C.ss_scale_gradients(handles(parameters), C.size_t(len(parameters)), C.double(factor))); err != nil {
		return fmt.Errorf("scale gradients: %w", err)
	}
	return nil
}

// ClipGradients returns the L2 norm over all gradients. If it exceeds maxNorm, and maxNorm is above 0, the gradients are
// scaled to that norm.
func ClipGradients(parameters []Tensor, maxNorm float64) (norm float64, err error) {
	var out C.double
	err = bridgeError(C.ss_clip_gradients(handles(parameters), C.size_t(len(parameters)), C.double(maxNorm), &out))
	if err != nil {
		return 0, fmt.Errorf("clip gradients: %w", err)
	}
	return float64(out), nil
}
