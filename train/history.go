package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// History is what metrics.jsonl holds of a run, in the order of its steps.
type History struct {
	Steps       []StepRecord
	Validations []ValidationRecord
}

// ReadMetrics reads a metrics.jsonl, also while a run writes it: lines that are not whole or not of a run are left out. A missing
// file is an empty history.
func ReadMetrics(path string) (*History, error) {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read metrics: %w", err)
	}
	return parseMetrics(text), nil
}

func parseMetrics(text []byte) *History {
	h := &History{}
	for line := range bytes.Lines(text) {
		var record struct {
			StepRecord
			Validation map[string]float64 `json:"validation"`
		}
		if json.Unmarshal(line, &record) != nil || record.Step < 1 {
			continue
		}
		if record.Validation != nil {
			h.Validations = append(h.Validations, ValidationRecord{record.Step, record.Validation, record.ElapsedSeconds})
		} else {
			h.Steps = append(h.Steps, record.StepRecord)
		}
	}
	return h
}
