package train

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// takeSteps writes the lines of steps from to to, with a validation at every fifth, as a loop with two batches a step would.
func takeSteps(t *testing.T, path string, from, to int) {
	t.Helper()
	m, err := NewMetricsFile(path, from-1)
	if err != nil {
		t.Fatal(err)
	}
	hook, loop := m.Hook(), &Loop{options: LoopOptions{Accumulation: 2}}
	for n := from; n <= to; n++ {
		if n%5 == 0 {
			if err := m.Validated(n, map[string]float64{"mrr": float64(n)}); err != nil {
				t.Fatal(err)
			}
		}
		step := Step{Position: Position{Step: n, Batch: 2 * n}, StepsOfEpoch: 40, Loss: 1 / float64(n), Examples: 6, Elapsed: 2 * time.Second}
		if err := hook.Step(t.Context(), loop, step); err != nil {
			t.Fatal(err)
		}
	}
	if err := hook.End(loop, nil); err != nil {
		t.Fatal(err)
	}
}

func TestResumedMetricsReadAsIfNeverStopped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	takeSteps(t, path, 1, 13)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(text, `{"step":14,"loss":0.0`...), 0o644); err != nil { // killed in the middle of a line
		t.Fatal(err)
	}
	takeSteps(t, path, 11, 20) // from the checkpoint of step 10
	h, err := ReadMetrics(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Steps) != 20 || len(h.Validations) != 4 {
		t.Fatalf("%d steps and %d validations, want 20 and 4", len(h.Steps), len(h.Validations))
	}
	elapsed := 0.0
	for i, s := range h.Steps {
		n := i + 1
		if s.Step != n || s.Loss != 1/float64(n) || s.Epoch != float64(n)/40 || s.ExamplesPerSecond != 3 {
			t.Errorf("line %d is %+v", n, s)
		}
		if s.ElapsedSeconds <= elapsed {
			t.Errorf("step %d: elapsed goes from %v to %v seconds", n, elapsed, s.ElapsedSeconds)
		}
		elapsed = s.ElapsedSeconds
	}
	for i, v := range h.Validations {
		if n := 5 * (i + 1); v.Step != n || v.Validation["mrr"] != float64(n) {
			t.Errorf("validation %d is %+v", i, v)
		}
	}
}

func TestStartingAgainEmptiesMetrics(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	if h, err := ReadMetrics(path); err != nil || len(h.Steps) != 0 {
		t.Fatalf("no file yet: %+v, %v", h, err)
	}
	takeSteps(t, path, 1, 3)
	takeSteps(t, path, 1, 2) // killed before the first save, so it starts again
	h, err := ReadMetrics(path)
	if err != nil || len(h.Steps) != 2 {
		t.Errorf("%d steps, %v; want 2", len(h.Steps), err)
	}
}
