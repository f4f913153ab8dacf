package train

import (
	"context"
	"fmt"
	"time"

	"skillspace/internal/progress"
)

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
