package train

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"skillspace/internal/progress"
)

// Hook observes or changes a run at step boundaries. Any function may be nil. State is nil for a hook without state. An
// error from Start or Step ends the run.
type Hook struct {
	Name     string
	Priority int // lower runs first
	State    Stateful
	Start    func(l *Loop) error
	Step     func(ctx context.Context, l *Loop, step Step) error
	End      func(l *Loop, cause error) error // cause is nil, ctx's error, or what stopped the run
}

// Priorities of the built-in hooks. Hooks that change the measured weights run first, then those that measure, then those that
// save, and progress last.
const (
	RanksPriority         = 1
	AveragePriority       = 5
	ValidationPriority    = 10
	EarlyStoppingPriority = 15
	MetricsPriority       = 20
	MiningPriority        = 25
	CheckpointPriority    = 30
	ProgressPriority      = 40
)

// Add adds hooks to the loop.
func (l *Loop) Add(hooks ...Hook) {
	l.hooks = append(l.hooks, hooks...)
	slices.SortStableFunc(l.hooks, func(a, b Hook) int { return a.Priority - b.Priority })
}

func (l *Loop) start() error {
	for _, h := range l.hooks {
		if h.Start == nil {
			continue
		}
		if err := h.Start(l); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
	}
	return nil
}

func (l *Loop) after(ctx context.Context, step Step) error {
	for _, h := range l.hooks {
		if h.Step == nil {
			continue
		}
		step.RunEnds = l.Position.Step == l.total // a hook may have ended the run
		if err := h.Step(ctx, l, step); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
	}
	return nil
}

func (l *Loop) end(cause error) error {
	var all error
	for _, h := range l.hooks {
		if h.End == nil {
			continue
		}
		if err := h.End(l, cause); err != nil {
			all = errors.Join(all, fmt.Errorf("%s: %w", h.Name, err))
		}
	}
	return all
}

// Progress shows a bar with the loss, the examples a second and the time left on stderr.
func Progress(title string) Hook {
	var bar *progress.Bar
	var smooth float64
	var examples int
	var began time.Time
	return Hook{Name: "progress", Priority: ProgressPriority,
		Start: func(l *Loop) error {
			bar = progress.NewUnit(int64(l.TotalSteps()), title, "steps")
			bar.Add(l.Position.Step)
			began = time.Now()
			return nil
		},
		Step: func(_ context.Context, _ *Loop, step Step) error {
			if smooth == 0 {
				smooth = step.Loss
			}
			smooth = 0.95*smooth + 0.05*step.Loss
			examples += step.Examples
			bar.Describe(fmt.Sprintf("%s  loss %.3f  %.0f examples/s", title, smooth, float64(examples)/time.Since(began).Seconds()))
			bar.Add(1)
			return nil
		},
		End: func(*Loop, error) error { bar.Finish(); return nil },
	}
}
