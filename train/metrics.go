package train

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"skillspace/internal/atomicfile"
)

// MetricsFile appends one JSON object for each step and each validation to metrics.jsonl. A resumed run drops the lines after the
// step that it resumes from, so that the file reads as if the run had never stopped.
type MetricsFile struct {
	path   string
	file   *atomicfile.Appender
	before float64 // seconds trained before this process
	began  time.Time
}

// StepRecord is a line of metrics.jsonl about a step.
type StepRecord struct {
	Step              int     `json:"step"`
	Epoch             float64 `json:"epoch"` // passes over the data so far, including the part of the current one
	Loss              float64 `json:"loss"`
	LearningRate      float64 `json:"learning_rate"` // of the encoder
	GradientNorm      float64 `json:"gradient_norm"` // before clipping
	Examples          int     `json:"examples"`      // in this step
	ExamplesPerSecond float64 `json:"examples_per_second"`
	ElapsedSeconds    float64 `json:"elapsed_seconds"` // of the run, with validations and saves, without the time it was stopped
}

// ValidationRecord is a line of metrics.jsonl about a validation. It comes before the line of its step.
type ValidationRecord struct {
	Step           int                `json:"step"`
	Validation     map[string]float64 `json:"validation"`
	ElapsedSeconds float64            `json:"elapsed_seconds"`
}

// NewMetricsFile opens path for a run that starts or resumes after step.
func NewMetricsFile(path string, step int) (*MetricsFile, error) {
	m := &MetricsFile{path: path, began: time.Now()}
	kept, err := keepUntil(path, step)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	history, err := parseMetrics(bytes.NewReader(kept))
	if err != nil {
		return nil, fmt.Errorf("metrics %s: %w", path, err)
	}
	if len(history.Steps) > 0 {
		m.before = history.Steps[len(history.Steps)-1].ElapsedSeconds
	}
	if err := atomicfile.Write(path, func(w io.Writer) error { _, err := w.Write(kept); return err }); err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	if m.file, err = atomicfile.OpenAppender(path); err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	return m, nil
}

// keepUntil returns the lines of path up to step, without an incomplete last line.
func keepUntil(path string, step int) ([]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && step == 0) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var kept []byte
	for line := range bytes.Lines(text) {
		var record struct{ Step int }
		if bytes.HasSuffix(line, []byte("\n")) && json.Unmarshal(line, &record) == nil && record.Step <= step {
			kept = append(kept, line...)
		}
	}
	return kept, nil
}

// Validated appends the line of a validation.
func (m *MetricsFile) Validated(step int, metrics map[string]float64) error {
	return m.write(ValidationRecord{Step: step, Validation: metrics, ElapsedSeconds: m.elapsed()})
}

func (m *MetricsFile) elapsed() float64 { return m.before + time.Since(m.began).Seconds() }

func (m *MetricsFile) write(record any) error {
	line, err := json.Marshal(record)
	if err == nil {
		err = m.file.Append(append(line, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", m.path, err)
	}
	return nil
}

// Close closes the file. The hook does so at the run's end.
func (m *MetricsFile) Close() error { return m.file.Close() }

// Hook writes every step and closes the file at the end.
func (m *MetricsFile) Hook() Hook {
	return Hook{Name: "metrics", Priority: MetricsPriority,
		Start: func(*Loop) error { m.began = time.Now(); return nil },
		Step: func(_ context.Context, l *Loop, step Step) error {
			stepsDone := (step.Batch + l.options.Accumulation - 1) / l.options.Accumulation // of the current epoch
			return m.write(StepRecord{
				Step: step.Step, Epoch: float64(step.Epoch) + float64(stepsDone)/float64(max(step.StepsOfEpoch, 1)),
				Loss: step.Loss, LearningRate: step.LearningRate, GradientNorm: step.GradientNorm, Examples: step.Examples,
				ExamplesPerSecond: step.ExamplesPerSecond(), ElapsedSeconds: m.elapsed(),
			})
		},
		End: func(*Loop, error) error { return m.Close() },
	}
}

// ExamplesPerSecond is the step's throughput.
func (s Step) ExamplesPerSecond() float64 {
	return float64(s.Examples) / max(s.Elapsed.Seconds(), 1e-9)
}
