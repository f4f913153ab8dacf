package train

import (
	"context"
	"fmt"
)

// Validation measures a run every so many steps, at the end of each epoch and at the run's end, and keeps the best.
type Validation struct {
	Every    int    // steps; 0 means at the end of each epoch only
	Metric   string // larger is better
	Measure  func(ctx context.Context) (map[string]float64, error)
	Record   func(step int, metrics map[string]float64) error
	Improved func(l *Loop, step int, metrics map[string]float64) error // saves the best checkpoint

	Best     float64 // restored when a run resumes
	BestStep int     // 0: nothing measured yet
	Last     map[string]float64
}

// Hook returns the validation as a hook.
func (v *Validation) Hook() Hook {
	return Hook{Name: "validation", Priority: ValidationPriority, Step: v.step}
}

func (v *Validation) step(ctx context.Context, l *Loop, step Step) error {
	due := step.EpochEnds || step.RunEnds || (v.Every > 0 && step.Step%v.Every == 0)
	if !due {
		return nil
	}
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
	if v.BestStep > 0 && value <= v.Best {
		return nil
	}
	best, bestStep := v.Best, v.BestStep
	v.Best, v.BestStep = value, step.Step
	err = v.Improved(l, step.Step, metrics)
	if err != nil { // what is on the disk is still the best that there is
		v.Best, v.BestStep = best, bestStep
	}
	return unlessSaved(step, err)
}
