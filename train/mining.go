package train

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// Mining renews a task's hard negatives with the model as it is, before the first step and then every so many steps. The
// table is part of the run's state, so a resumed run draws from the same one.
type Mining struct {
	Every     int // steps
	Rows      int // of the table: the training sentences, or the skills
	Negatives *HardNegatives
	Mine      func(ctx context.Context) (Neighbours, error)
}

// Begin mines before the first step, unless a table was restored.
func (m *Mining) Begin(ctx context.Context, l *Loop) error {
	if m.Negatives.table.Length > 0 {
		return nil
	}
	return m.renew(ctx, l)
}

// Hook returns the mining as a hook. It runs before what saves, so that a checkpoint holds what the next step draws from.
func (m *Mining) Hook() Hook {
	return Hook{Name: "mining", Priority: MiningPriority, State: m.Negatives, Step: func(ctx context.Context, l *Loop, step Step) error {
		if step.Step%m.Every != 0 || step.RunEnds {
			return nil
		}
		return m.renew(ctx, l)
	}}
}

func (m *Mining) renew(ctx context.Context, l *Loop) error {
	began := time.Now()
	table, err := m.Mine(ctx)
	if err != nil {
		return fmt.Errorf("mine hard negatives: %w", err)
	}
	if err := l.Unprepared(func() error { return m.Negatives.replace(table, m.Rows) }); err != nil {
		return err
	}
	slog.Info("hard negatives mined", "step", l.Position.Step, "took", time.Since(began).Round(time.Millisecond))
	return nil
}
