package train

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"skillspace/internal/libtorch"
	"skillspace/model"
	"skillspace/model/safetensors"
)

// Average is an exponential moving average of the weights. Validations measure the averaged weights, and the best
// checkpoint holds them. Training continues with the model's own weights.
type Average struct {
	decay      float64
	scope      *libtorch.Scope
	parameters []model.Parameter
	averages   []libtorch.Tensor
	step       int // last step that is in the average
}

// NewAverage starts an average, with decay in (0, 1), at the current weights. Close frees it.
func NewAverage(groups []model.ParameterGroup, decay float64) (*Average, error) {
	a := &Average{decay: decay, scope: libtorch.NewScope(), parameters: model.AllParameters(groups)}
	for _, p := range a.parameters {
		t := a.scope.ZerosLike(p.Tensor)
		if err := a.scope.Err(); err != nil {
			a.Close()
			return nil, fmt.Errorf("average weights: %w", err)
		}
		if err := libtorch.CopyInto(t, p.Tensor); err != nil {
			a.Close()
			return nil, fmt.Errorf("average weights: %w", err)
		}
		a.averages = append(a.averages, t)
	}
	return a, nil
}

// Close frees the averages.
func (a *Average) Close() { a.scope.Close() }

// Hook returns the averaging as a hook.
func (a *Average) Hook() Hook {
	return Hook{Name: "average", Priority: AveragePriority, State: a, Step: func(_ context.Context, _ *Loop, step Step) error {
		return a.include(step.Step)
	}}
}

// include adds a step's weights to the average, once. Early in a run the average forgets faster, so that its first weights do
// not outweigh what the model has learnt since.
func (a *Average) include(step int) error {
	if step <= a.step { // the hooks of an interrupted step run again
		return nil
	}
	decay := min(a.decay, float64(1+step)/float64(10+step))
	for i, p := range a.parameters {
		if err := libtorch.Lerp(a.averages[i], p.Tensor, 1-decay); err != nil {
			return fmt.Errorf("average %s: %w", p.Name, err)
		}
	}
	a.step = step
	return nil
}

// Within runs use while the model holds the averaged weights. Then, also after an error, the model gets its own weights back.
func (a *Average) Within(use func() error) (err error) {
	if err := a.swap(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.swap()) }()
	return use()
}

// swap exchanges the weights and their averages, one parameter at a time.
func (a *Average) swap() error {
	for i, p := range a.parameters {
		s := libtorch.NewScope()
		held := s.ZerosLike(p.Tensor)
		err := s.Err()
		for _, move := range [][2]libtorch.Tensor{{held, p.Tensor}, {p.Tensor, a.averages[i]}, {a.averages[i], held}} {
			if err == nil {
				err = libtorch.CopyInto(move[0], move[1])
			}
		}
		s.Close()
		if err != nil {
			return fmt.Errorf("exchange %s and its average: %w", p.Name, err)
		}
	}
	return nil
}

// State describes the averages and their last step.
func (a *Average) State() ([]safetensors.Tensor, map[string]string) {
	var tensors []safetensors.Tensor
	for i, p := range a.parameters {
		tensors = append(tensors, model.StoreFloat32("average."+p.Name, a.averages[i], p.Shape))
	}
	return tensors, map[string]string{"average.step": strconv.Itoa(a.step)}
}

// Restore reads a state written from State.
func (a *Average) Restore(file *safetensors.File) (err error) {
	for i, p := range a.parameters {
		if err := model.LoadFloat32(file, "average."+p.Name, p.Shape, a.averages[i]); err != nil {
			return err
		}
	}
	a.step, err = wholeNumber(file, "average.step")
	return err
}
