package train

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"

	"skillspace/model/safetensors"
)

// Validation measures a run every few steps, at the end of each epoch and at the run's end, and keeps the best measurement.
type Validation struct {
	Every    int    // steps; 0 means at the end of each epoch only
	Metric   string // larger is better
	Measure  func(ctx context.Context) (map[string]float64, error)
	Record   func(step int, metrics map[string]float64) error
	Improved func(l *Loop, step int, metrics map[string]float64) error // saves the best checkpoint
	Within   func(use func() error) error                              // runs Measure and Improved on other weights; nil for the model's own

	Best     float64 // restored when a run resumes
	BestStep int     // 0: nothing measured yet
	Last     map[string]float64

	WithoutImprovement int // validations since the best one
	seen               int // step of the newest validation
}

// Hook returns the validation as a hook.
func (v *Validation) Hook() Hook {
	return Hook{Name: "validation", Priority: ValidationPriority, State: v, Step: v.step}
}

func (v *Validation) step(ctx context.Context, l *Loop, step Step) error {
	due := step.EpochEnds || step.RunEnds || (v.Every > 0 && step.Step%v.Every == 0)
	if !due {
		return nil
	}
	validate := func() error { return v.validate(ctx, l, step) }
	if v.Within == nil {
		return validate()
	}
	return v.Within(validate)
}

func (v *Validation) validate(ctx context.Context, l *Loop, step Step) error {
	metrics, err := v.Measure(ctx)
	if err != nil {
		return err
	}
	value, ok := metrics[v.Metric]
	if !ok {
		return fmt.Errorf("the metric %q that chooses the best checkpoint was not measured", v.Metric)
	}
	v.Last = metrics
	if v.Record != nil {
		if err := v.Record(step.Step, metrics); err != nil {
			return err
		}
	}
	if step.Step > v.seen { // the hooks of an interrupted step run again
		v.seen = step.Step
		v.WithoutImprovement++
	}
	if v.BestStep > 0 && value <= v.Best {
		return nil
	}
	best, bestStep := v.Best, v.BestStep
	v.Best, v.BestStep = value, step.Step
	err = v.Improved(l, step.Step, metrics)
	if err != nil { // the disk still holds the previous best checkpoint
		v.Best, v.BestStep = best, bestStep
		return unlessSaved(step, err)
	}
	v.WithoutImprovement = 0
	return nil
}

// State describes the number of validations since the best one; the best itself is in the checkpoint's manifest.
func (v *Validation) State() ([]safetensors.Tensor, map[string]string) {
	return nil, map[string]string{"validation.without_improvement": strconv.Itoa(v.WithoutImprovement), "validation.seen": strconv.Itoa(v.seen)}
}

// Restore reads a state written from State.
func (v *Validation) Restore(file *safetensors.File) (err error) {
	if v.WithoutImprovement, err = wholeNumber(file, "validation.without_improvement"); err != nil {
		return err
	}
	v.seen, err = wholeNumber(file, "validation.seen")
	return err
}

// EarlyStopping ends a run after Patience validations in a row without improvement.
type EarlyStopping struct {
	Validation *Validation
	Patience   int
}

// Hook returns it as a hook. A run that it has ended does nothing when it is resumed.
func (e *EarlyStopping) Hook() Hook {
	return Hook{Name: "early stopping", Priority: EarlyStoppingPriority,
		Start: e.decide,
		Step:  func(_ context.Context, l *Loop, _ Step) error { return e.decide(l) },
	}
}

// decide ends the run of all ranks if rank 0's validations say so.
func (e *EarlyStopping) decide(l *Loop) error {
	if l.Position.Step >= l.total {
		return nil
	}
	stop, err := agree(l.options.World, e.Validation.WithoutImprovement >= e.Patience)
	if stop {
		slog.Info("stopping early", "step", l.Position.Step, "validations without improvement", e.Validation.WithoutImprovement,
			"best step", e.Validation.BestStep)
		l.Finish()
	}
	return err
}
