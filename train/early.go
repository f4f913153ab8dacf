package train

import (
	"context"
	"log/slog"
)

// EarlyStopping ends a run after Patience validations in a row that brought no improvement.
type EarlyStopping struct {
	Validation *Validation
	Patience   int
}

// Hook returns it as a hook. A run that it ended has nothing left to do when it is resumed.
func (e *EarlyStopping) Hook() Hook {
	return Hook{Name: "early stopping", Priority: EarlyStoppingPriority,
		Start: func(l *Loop) error { e.decide(l); return nil },
		Step:  func(_ context.Context, l *Loop, _ Step) error { e.decide(l); return nil },
	}
}

func (e *EarlyStopping) decide(l *Loop) {
	if e.Validation.WithoutImprovement >= e.Patience && l.Position.Step < l.total {
		slog.Info("stopping early", "step", l.Position.Step, "validations without improvement", e.Validation.WithoutImprovement,
			"best step", e.Validation.BestStep)
		l.Finish()
	}
}
