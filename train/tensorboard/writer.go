package tensorboard

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"skillspace/internal/atomicfile"
	"skillspace/train"
)

const filePrefix = "events.out.tfevents."

// Writer appends scalars to one event file.
type Writer struct {
	path string
	file *atomicfile.Appender
}

// Create makes folder and begins a new event file in it, for a run that starts or resumes after step. The file tells TensorBoard to
// forget later steps of earlier files: the run lost them and trains them again.
func Create(folder string, step int) (*Writer, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("tensorboard: %w", err)
	}
	now := time.Now()
	name, err := fileName(folder, now)
	if err != nil {
		return nil, fmt.Errorf("tensorboard: %w", err)
	}
	w := &Writer{path: filepath.Join(folder, name)}
	if w.file, err = atomicfile.CreateAppender(w.path); err != nil {
		return nil, fmt.Errorf("tensorboard: %w", err)
	}
	if err := w.write(versionEvent(now)); err != nil {
		return nil, err
	}
	return w, w.write(startEvent(now, step+1))
}

// fileName returns a name that sorts after those of the folder's event files, as TensorBoard reads them in that order.
func fileName(folder string, now time.Time) (string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", err
	}
	seconds := now.Unix()
	for _, e := range entries {
		rest, ours := strings.CutPrefix(e.Name(), filePrefix)
		number, _, _ := strings.Cut(rest, ".")
		if n, err := strconv.ParseInt(number, 10, 64); ours && err == nil {
			seconds = max(seconds, n+1)
		}
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s%010d.%s.%d.0", filePrefix, seconds, host, os.Getpid()), nil
}

// Scalars appends the values of a step by their tags.
func (w *Writer) Scalars(step int, values map[string]float64) error {
	return w.write(scalarsEvent(time.Now(), step, values))
}

// Validated appends a validation's metrics, each under validation/.
func (w *Writer) Validated(step int, metrics map[string]float64) error {
	tagged := make(map[string]float64, len(metrics))
	for name, value := range metrics {
		tagged["validation/"+name] = value
	}
	return w.Scalars(step, tagged)
}

func (w *Writer) write(event []byte) error {
	if err := w.file.Append(record(event)); err != nil {
		return fmt.Errorf("write %s: %w", w.path, err)
	}
	return nil
}

// Hook writes every step's scalars and closes the file at the end.
func (w *Writer) Hook() train.Hook {
	return train.Hook{Name: "tensorboard", Priority: train.MetricsPriority,
		Step: func(_ context.Context, _ *train.Loop, step train.Step) error {
			return w.Scalars(step.Step, map[string]float64{
				"loss": step.Loss, "learning_rate": step.LearningRate, "gradient_norm": step.GradientNorm,
				"examples_per_second": step.ExamplesPerSecond(),
			})
		},
		End: func(*train.Loop, error) error { return w.file.Close() },
	}
}
