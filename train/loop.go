// Package train holds the training loop of both trainers: optimiser, schedule, hooks, and the state that resumes a run. A Task
// computes the loss. Saving, metrics, validation and progress are hooks, not branches of the loop.
package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"skillspace/internal/libtorch"
	"skillspace/model"
)

// LoopOptions choose how long and how the loop trains.
type LoopOptions struct {
	Epochs       int
	MaxSteps     int // 0 means no limit
	Accumulation int // micro-batches a step, at least 1
	Optimizer    OptimizerOptions
	Schedule     Schedule
	World        *libtorch.Group // the processes that train together; nil for one process
	Seed         uint64          // of dropout, if there are several
}

// Step tells hooks what one optimiser step did.
type Step struct {
	Position                   // after the step
	TotalSteps   int           // of the whole run
	StepsOfEpoch int           // of the current epoch
	Examples     int           // in this step
	Loss         float64       // mean over its micro-batches
	GradientNorm float64       // before clipping
	LearningRate float64       // of the encoder's last layer
	Skipped      bool          // the gradients overflowed float16, so that no weight changed
	Elapsed      time.Duration // of this step
	EpochEnds    bool
	RunEnds      bool
}

// Loop trains a task.
type Loop struct {
	Optimizer *Optimizer
	Position  Position
	Pending   *Step // a step whose hooks did not all run, for example because Ctrl-C stopped a validation; Run begins with them
	options   LoopOptions
	task      Task
	hooks     []Hook
	feed      *feed // nil before the first batch, and after Unprepared
	total     int
}

// NewLoop prepares a loop and its optimiser, whose memory Close frees.
func NewLoop(task Task, o LoopOptions) (*Loop, error) {
	if o.Epochs < 1 || o.Accumulation < 1 {
		return nil, fmt.Errorf("training needs at least one epoch and one micro-batch a step, got %d and %d", o.Epochs, o.Accumulation)
	}
	optimizer, err := newOptimizer(model.AllParameters(task.ParameterGroups()), o.Optimizer)
	if err != nil {
		return nil, err
	}
	l := &Loop{Optimizer: optimizer, options: o, task: task}
	if err := l.count(); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// count sums up the steps of the run.
func (l *Loop) count() error {
	for epoch := range l.options.Epochs {
		plan, err := l.task.Plan(epoch)
		if err != nil {
			return err
		}
		if len(plan) == 0 {
			return errors.New("training: there is no example to train on")
		}
		l.total += l.steps(len(plan))
	}
	if l.options.MaxSteps > 0 {
		l.total = min(l.total, l.options.MaxSteps)
	}
	return nil
}

// Close frees the optimiser's state.
func (l *Loop) Close() { l.Optimizer.Close() }

// Finish makes the current step the run's last. A hook's Start or Step calls it; the hooks that run after it see that the run ends.
func (l *Loop) Finish() { l.total = l.Position.Step }

// TotalSteps returns the optimiser steps of the whole run.
func (l *Loop) TotalSteps() int { return l.total }

// Finished returns the number of steps whose hooks have all run.
func (l *Loop) Finished() int {
	if l.Pending != nil {
		return l.Position.Step - 1
	}
	return l.Position.Step
}

// steps returns the number of optimiser steps in a number of micro-batches.
func (l *Loop) steps(batches int) int {
	return (batches + l.options.Accumulation - 1) / l.options.Accumulation
}

// ErrDiverged marks a loss or gradient that is not finite.
var ErrDiverged = errors.New("training diverged")

// Run trains from the loop's position to the end, or until ctx is cancelled. Then it finishes the step, runs the hooks' End and
// returns ctx's error. It must be called inside [libtorch.Do].
func (l *Loop) Run(ctx context.Context) error {
	if err := l.start(); err != nil {
		return err
	}
	err := errors.Join(whileStopping(ctx, l.epochs(ctx)), l.Unprepared(func() error { return nil }))
	return errors.Join(err, l.end(err))
}

func (l *Loop) epochs(ctx context.Context) error {
	if step := l.Pending; step != nil {
		l.Pending = nil
		if err := l.finish(ctx, *step); err != nil {
			return err
		}
	}
	for l.Position.Epoch < l.options.Epochs && l.Position.Step < l.total {
		if err := l.stopped(ctx); err != nil {
			return err
		}
		step, err := l.step()
		if err != nil {
			return fmt.Errorf("step %d: %w", l.Position.Step+1, err)
		}
		l.Position, step.TotalSteps = step.Position, l.total
		if err := l.finish(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

// finish runs the hooks of a step.
func (l *Loop) finish(ctx context.Context, step Step) error {
	err := l.after(ctx, step)
	if err != nil {
		l.Pending = &step
	}
	return err
}

// step runs forward and backward over the micro-batches and updates the parameters once.
func (l *Loop) step() (Step, error) {
	began := time.Now()
	at, first := l.Position, l.Position.Batch
	step := Step{}
	for parts := 1; at.Batch < first+parts; at.Batch++ {
		p, err := l.next(at)
		if err != nil {
			return step, err
		}
		step.StepsOfEpoch = l.steps(p.ofEpoch)
		parts = min(l.options.Accumulation, p.ofEpoch-first)
		step.EpochEnds = first+parts == p.ofEpoch
		if err := l.seed(at); err != nil {
			return step, err
		}
		loss, err := accumulate(p.batch, l.Optimizer.Scale()/float64(parts))
		if err != nil {
			return step, err
		}
		if parts > 1 {
			if err := libtorch.CoalesceGradients(l.Optimizer.tensors); err != nil {
				return step, err
			}
		}
		step.Loss += loss / float64(parts)
		step.Examples += p.examples
	}
	if err := l.options.World.SumGradients(l.Optimizer.tensors); err != nil {
		return step, err
	}
	factor := l.options.Schedule.factor(place{at.Step, l.total}, place{first / l.options.Accumulation, step.StepsOfEpoch})
	var err error
	if step.GradientNorm, step.Skipped, err = l.Optimizer.Step(factor); err != nil {
		return step, err
	}
	at.Step++
	if step.EpochEnds {
		at.Epoch, at.Batch = at.Epoch+1, 0
	}
	step.Position, step.LearningRate = at, l.options.Optimizer.LearningRate*factor
	step.Elapsed = time.Since(began)
	return step, nil
}

// accumulate runs a micro-batch and refuses a loss that is not finite.
func accumulate(batch Batch, scale float64) (float64, error) {
	loss, err := batch.Accumulate(scale)
	if err == nil && (math.IsNaN(loss) || math.IsInf(loss, 0)) {
		err = fmt.Errorf("%w: the loss is %v; lower optimizer.learning_rate, or set train.precision: fp32", ErrDiverged, loss)
	}
	return loss, err
}
