package train

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// History holds the records of a run's metrics.jsonl, in the order of the steps.
type History struct {
	Steps       []StepRecord
	Validations []ValidationRecord
}

// maxMetricsLine bounds a line of metrics.jsonl, in bytes.
const maxMetricsLine = 1 << 20

// ReadMetrics reads a metrics.jsonl, also while a run writes it. It skips incomplete lines and lines that are
// not records. A missing file is an empty history.
func ReadMetrics(path string) (*History, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &History{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read metrics: %w", err)
	}
	defer file.Close()
	h, err := parseMetrics(file)
	if err != nil {
		return nil, fmt.Errorf("read metrics %s: %w", path, err)
	}
	return h, nil
}

func parseMetrics(r io.Reader) (*History, error) {
	h := &History{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxMetricsLine)
	for lines.Scan() {
		var record struct {
			StepRecord
			Validation map[string]float64 `json:"validation"`
		}
		if json.Unmarshal(lines.Bytes(), &record) != nil || record.Step < 1 {
			continue
		}
		if record.Validation != nil {
			h.Validations = append(h.Validations, ValidationRecord{record.Step, record.Validation, record.ElapsedSeconds})
		} else {
			h.Steps = append(h.Steps, record.StepRecord)
		}
	}
	return h, lines.Err()
}
