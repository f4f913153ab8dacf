package train

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Hook watches or serves a run. Any function may be nil, and State where nothing of it must survive a resume. An error from Start or Step ends the run.
type Hook struct {
	Name     string
	Priority int // lower runs first
	State    Stateful
	Start    func(l *Loop) error
	Step     func(ctx context.Context, l *Loop, step Step) error
	End      func(l *Loop, cause error) error // cause is nil, ctx's error, or what stopped the run
}

// Priorities of the built-in hooks: what changes the weights that are measured runs first, what measures runs before what saves, and progress last.
const (
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
