package train

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"skillspace/internal/libtorch"
	"skillspace/model"
)

func TestLossScaleFollowsOverflows(t *testing.T) {
	s := newLossScale()
	for range growAfter - 1 {
		s.fits()
	}
	if s.scale != firstScale {
		t.Fatalf("scale %v after %d good steps", s.scale, growAfter-1)
	}
	if s.fits(); s.scale != 2*firstScale {
		t.Errorf("scale %v after %d good steps", s.scale, growAfter)
	}
	for range growAfter - 1 {
		s.fits()
	}
	if err := s.overflows(); err != nil || s.scale != firstScale {
		t.Errorf("scale %v after an overflow (%v)", s.scale, err)
	}
	if s.fits(); s.scale != firstScale {
		t.Error("the good steps before an overflow count after it")
	}
	for s.scale > 1 {
		if err := s.overflows(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.overflows(); !errors.Is(err, ErrDiverged) {
		t.Errorf("an overflow at scale 1: %v", err)
	}
	for range 40 * growAfter {
		s.fits()
	}
	if s.scale != largestScale {
		t.Errorf("scale %v in the end", s.scale)
	}
}

// overflowing spoils a gradient at some micro-batches, as float16 would.
type overflowing struct {
	*FilterTask
	at []int // steps, 0-based
}

func (o *overflowing) Prepare(examples []int, at Position) (Batch, error) {
	b, err := o.FilterTask.Prepare(examples, at)
	if slices.Contains(o.at, at.Step) {
		return &spoilt{b, o}, err
	}
	return b, err
}

type spoilt struct {
	Batch
	task Task
}

func (b *spoilt) Accumulate(scale float64) (float64, error) {
	loss, err := b.Batch.Accumulate(scale)
	if err != nil {
		return loss, err
	}
	bias := model.AllParameters(b.task.ParameterGroups()[2:])[1].Tensor
	s := libtorch.NewScope()
	defer s.Close()
	_, err = backward(s, s.Sum(bias), math.Inf(1))
	return loss, err
}

// scaled trains the tiny filter and returns its weights, the skipped steps and the scale at the end.
func scaled(t *testing.T, scaling bool, overflows ...int) (weights []float32, skipped []int, scale float64) {
	t.Helper()
	if err := libtorch.Seed(4); err != nil {
		t.Fatal(err)
	}
	task := &overflowing{tinyFilter(t), overflows}
	err := libtorch.Do(func(*libtorch.Scope) error {
		loop, err := NewLoop(task, LoopOptions{Epochs: 1, Accumulation: 1, Optimizer: OptimizerOptions{LearningRate: 1e-3, HeadLearningRate: 1e-3,
			WeightDecay: 0.01, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, ClipNorm: 1, LayerDecay: 1, LossScaling: scaling}})
		if err != nil {
			return err
		}
		defer loop.Close()
		before := values(t, task)
		loop.Add(Hook{Name: "watch", Step: func(_ context.Context, _ *Loop, step Step) error {
			now := values(t, task)
			if step.Skipped {
				skipped = append(skipped, step.Step-1)
			}
			if step.Skipped != slices.Equal(before, now) {
				t.Errorf("step %d: left out %v, weights the same %v", step.Step, step.Skipped, slices.Equal(before, now))
			}
			before = now
			return nil
		}})
		err = loop.Run(t.Context())
		scale = loop.Optimizer.Scale()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return values(t, task), skipped, scale
}

// Scaling by a power of two is exact in float32, so scaled training must end with the same bits if nothing overflows. A step
// that overflows changes no weight and halves the scale.
func TestScaledTraining(t *testing.T) {
	plain, _, _ := scaled(t, false)
	same, skipped, scale := scaled(t, true)
	if !slices.Equal(plain, same) || len(skipped) > 0 || scale != firstScale {
		t.Errorf("without overflow: same weights %v, left out %v, scale %v", slices.Equal(plain, same), skipped, scale)
	}
	other, skipped, scale := scaled(t, true, 1, 4)
	if slices.Equal(plain, other) || !slices.Equal(skipped, []int{1, 4}) || scale != firstScale/4 {
		t.Errorf("with overflows at 1 and 4: left out %v, scale %v", skipped, scale)
	}
}

func TestLossScaleIsRestored(t *testing.T) {
	task := tinyFilter(t)
	for _, good := range []int{0, 17} {
		saved := newTestOptimizer(t, task)
		saved.scaling.scale, saved.scaling.good = 512, good
		restored := newTestOptimizer(t, task)
		tensors, metadata := saved.State()
		if err := restored.Restore(stored(t, tensors, metadata)); err != nil {
			t.Fatal(err)
		}
		if *restored.scaling != *saved.scaling {
			t.Errorf("restored %+v, saved %+v", *restored.scaling, *saved.scaling)
		}
		metadata["loss_scale"] = "NaN"
		if err := restored.Restore(stored(t, tensors, metadata)); err == nil {
			t.Error("a scale of NaN was accepted")
		}
	}
}

func newTestOptimizer(t *testing.T, task Task) *Optimizer {
	t.Helper()
	o, err := newOptimizer(model.AllParameters(task.ParameterGroups()), OptimizerOptions{LayerDecay: 1, LossScaling: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.Close)
	return o
}
