package train

import (
	"skillspace/internal/libtorch"
	"skillspace/model"
)

// Task is a model, its data and its loss, as the loop needs them.
type Task interface {
	// ParameterGroups lists the trainable parameter groups.
	ParameterGroups() []model.ParameterGroup
	// Plan returns an epoch's micro-batches as indices of examples. It returns the same for the same epoch at every call.
	Plan(epoch int) ([][]int, error)
	// Prepare collects what a micro-batch needs. The result depends on the arguments alone. It touches no tensor: a goroutine
	// calls it, and Plan, ahead of the training.
	Prepare(examples []int, at Position) (Batch, error)
}

// Batch is a micro-batch that is ready to be trained on. The loop calls it from a single thread, inside [libtorch.Do].
type Batch interface {
	// Accumulate runs forward and backward: it adds scale times the loss's gradient to the parameters' gradients and
	// returns the loss.
	Accumulate(scale float64) (loss float64, err error)
}

// Position is a place in a run. It seeds a task's random draws, so that a resumed run draws the same.
type Position struct {
	Epoch int `json:"epoch"` // 0-based
	Batch int `json:"batch"` // micro-batches of the epoch already done
	Step  int `json:"step"`  // optimiser steps already done
}

// backward adds scale times the gradient of loss, one element, and returns its value.
func backward(s *libtorch.Scope, loss libtorch.Tensor, scale float64) (float64, error) {
	scaled := s.Scale(loss, scale)
	if err := s.Err(); err != nil {
		return 0, err
	}
	value, err := loss.Float()
	if err != nil {
		return 0, err
	}
	return value, libtorch.Backward(scaled)
}
