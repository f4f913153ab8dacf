package train

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"skillspace/internal/atomicfile"
)

// ErrNotSaved marks a run whose last or best state could not be saved. `last` is then an earlier checkpoint.
var ErrNotSaved = errors.New("checkpoint not saved")

// Checkpointing saves a run. It writes `last` every few steps, at the end of each epoch, and when the run stops, unless training
// diverged. It also writes `step-N` and keeps the newest Keep of them. A save that fails, for example on a full disk,
// leaves the previous checkpoint intact and does not stop the run. The next save tries again. Only the run's last save must
// succeed.
type Checkpointing struct {
	Folder string // RUN/checkpoints
	Every  int    // steps; 0 means at the end of each epoch only
	Keep   int
	Save   func(l *Loop, dir string) error
	saved  int  // step of the newest save
	gaveUp bool // the run's last save failed; the run's error says so
}

// Hook returns the checkpointing as a hook.
func (c *Checkpointing) Hook() Hook {
	return Hook{Name: "checkpoint", Priority: CheckpointPriority,
		Start: func(l *Loop) error { c.saved = l.Position.Step; return nil },
		Step:  c.step,
		End: func(l *Loop, cause error) error {
			if cause == nil || errors.Is(cause, ErrDiverged) || l.Position.Step == c.saved || c.gaveUp {
				return nil
			}
			if err := c.last(l); err != nil {
				return fmt.Errorf("%w: %w", ErrNotSaved, err)
			}
			return nil
		},
	}
}

func (c *Checkpointing) step(_ context.Context, l *Loop, step Step) error {
	periodic := c.Every > 0 && step.Step%c.Every == 0
	if periodic && c.Keep > 0 {
		if err := c.numbered(l, step.Step); err != nil {
			tellUnsaved(step, err) // also at the run's end: a run resumes from `last`
		}
	}
	if !periodic && !step.EpochEnds && !step.RunEnds {
		return nil
	}
	err := unlessSaved(step, c.last(l))
	c.gaveUp = err != nil
	return err
}

// unlessSaved returns the error of a failed save if no other save follows, and logs it otherwise.
func unlessSaved(step Step, err error) error {
	if err != nil && step.RunEnds {
		return fmt.Errorf("%w: %w", ErrNotSaved, err)
	}
	if err != nil {
		tellUnsaved(step, err)
	}
	return nil
}

func tellUnsaved(step Step, err error) {
	slog.Error("checkpoint not saved, the one before it stays; trying again at the next save", "step", step.Step, "error", err)
}

func (c *Checkpointing) last(l *Loop) error {
	if err := c.Save(l, filepath.Join(c.Folder, "last")); err != nil {
		return err
	}
	c.saved = l.Position.Step
	return nil
}

func (c *Checkpointing) numbered(l *Loop, step int) error {
	if err := c.Save(l, filepath.Join(c.Folder, "step-"+strconv.Itoa(step))); err != nil {
		return err
	}
	return c.rotate()
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
		if err := atomicfile.RemoveDir(filepath.Join(c.Folder, "step-"+strconv.Itoa(n))); err != nil {
			return fmt.Errorf("rotate checkpoints: %w", err)
		}
	}
	return nil
}
