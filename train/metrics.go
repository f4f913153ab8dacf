package train

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// MetricsFile appends one JSON object a step, and one a validation, to metrics.jsonl. A resumed run drops the lines
// after the step it resumes from, so that the file reads as if the run had never stopped.
type MetricsFile struct {
	path  string
	file  *os.File
	began time.Time
}

// StepRecord is a line of metrics.jsonl about a step.
type StepRecord struct {
	Step              int     `json:"step"`
	Epoch             float64 `json:"epoch"`
	Loss              float64 `json:"loss"`
	LearningRate      float64 `json:"learning_rate"`
	GradientNorm      float64 `json:"gradient_norm"`
	Examples          int     `json:"examples"`
	ExamplesPerSecond float64 `json:"examples_per_second"`
}

// ValidationRecord is a line of metrics.jsonl about a validation.
type ValidationRecord struct {
	Step       int                `json:"step"`
	Validation map[string]float64 `json:"validation"`
}

// NewMetricsFile opens path for a run that starts, or goes on, after step.
func NewMetricsFile(path string, step int) (*MetricsFile, error) {
	kept, err := keepUntil(path, step)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	if err := os.WriteFile(path, kept, 0o644); err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	return &MetricsFile{path: path, file: file, began: time.Now()}, nil
}

// keepUntil returns the lines of path up to step; a torn last line is dropped.
func keepUntil(path string, step int) ([]byte, error) {
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) || (err == nil && step == 0) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var kept []byte
	for len(text) > 0 {
		var line []byte
		line, text = cutLine(text)
		var record struct{ Step int }
		if json.Unmarshal(line, &record) == nil && record.Step <= step {
			kept = append(kept, line...)
		}
	}
	return kept, nil
}

func cutLine(text []byte) (line, rest []byte) {
	for i, c := range text {
		if c == '\n' {
			return text[:i+1], text[i+1:]
		}
	}
	return nil, nil
}

// Write appends one record.
func (m *MetricsFile) Write(record any) error {
	line, err := json.Marshal(record)
	if err != nil {
		return err
	}
	if _, err := m.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write %s: %w", m.path, err)
	}
	return nil
}

// Hook writes every step and closes the file at the end.
func (m *MetricsFile) Hook() Hook {
	return Hook{Name: "metrics", Priority: MetricsPriority,
		Step: func(_ context.Context, _ *Loop, step Step) error {
			return m.Write(StepRecord{
				Step: step.Step, Epoch: float64(step.Epoch) + float64(step.Batch)/float64(max(step.StepsOfEpoch, 1)),
				Loss: step.Loss, LearningRate: step.LearningRate, GradientNorm: step.GradientNorm, Examples: step.Examples,
				ExamplesPerSecond: float64(step.Examples) / max(step.Elapsed.Seconds(), 1e-9),
			})
		},
		End: func(*Loop, error) error { return m.file.Close() },
	}
}
