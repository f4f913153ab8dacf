package train

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Checkpointing saves a run: `last` every so many steps, at each epoch's end, and when the run stops for whatever
// reason but divergence; `step-N` beside it, of which the newest Keep stay.
type Checkpointing struct {
	Folder string // RUN/checkpoints
	Every  int    // steps; 0 means at the end of each epoch only
	Keep   int
	Save   func(l *Loop, dir string) error
	saved  int // step of the newest save
}

// Hook returns the checkpointing as a hook.
func (c *Checkpointing) Hook() Hook {
	return Hook{Name: "checkpoint", Priority: CheckpointPriority,
		Start: func(l *Loop) error { c.saved = l.Position.Step; return nil },
		Step: func(_ context.Context, l *Loop, step Step) error {
			periodic := c.Every > 0 && step.Step%c.Every == 0
			if periodic && c.Keep > 0 {
				if err := c.Save(l, filepath.Join(c.Folder, "step-"+strconv.Itoa(step.Step))); err != nil {
					return err
				}
				if err := c.rotate(); err != nil {
					return err
				}
			}
			if periodic || step.EpochEnds || step.RunEnds {
				return c.last(l)
			}
			return nil
		},
		End: func(l *Loop, cause error) error {
			if cause == nil || errors.Is(cause, ErrDiverged) || l.Position.Step == c.saved {
				return nil
			}
			return c.last(l)
		},
	}
}

func (c *Checkpointing) last(l *Loop) error {
	if err := c.Save(l, filepath.Join(c.Folder, "last")); err != nil {
		return err
	}
	c.saved = l.Position.Step
	return nil
}

// rotate removes all step-N folders but the newest Keep.
func (c *Checkpointing) rotate() error {
	entries, err := os.ReadDir(c.Folder)
	if err != nil {
		return fmt.Errorf("rotate checkpoints: %w", err)
	}
	var steps []int
	for _, e := range entries {
		if n, err := strconv.Atoi(strings.TrimPrefix(e.Name(), "step-")); err == nil && strings.HasPrefix(e.Name(), "step-") {
			steps = append(steps, n)
		}
	}
	slices.Sort(steps)
	for _, n := range steps[:max(len(steps)-c.Keep, 0)] {
		if err := os.RemoveAll(filepath.Join(c.Folder, "step-"+strconv.Itoa(n))); err != nil {
			return fmt.Errorf("rotate checkpoints: %w", err)
		}
	}
	return nil
}
