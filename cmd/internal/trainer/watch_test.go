package trainer

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/train"
)

// TestRunCanBeWatched: a run that is stopped and resumed leaves one history in metrics.jsonl and in the page.
func TestRunCanBeWatched(t *testing.T) {
	cfg := biencoderConfig(t, writeCorpus(t))
	shows := func(want ...string) {
		t.Helper()
		page, err := os.ReadFile(filepath.Join(cfg.Run.Dir, "report.html"))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(string(page), w) {
				t.Errorf("the report lacks %q", w)
			}
		}
	}
	if err := BiEncoder(&stopAt{context.Background(), cfg.Run.Dir, 5}, cfg, false, io.Discard); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want cancelled", err)
	}
	shows("stopped; --resume continues", "held-out queries", "fp32", cfg.Corpus)
	if err := BiEncoder(context.Background(), cfg, true, io.Discard); err != nil {
		t.Fatal(err)
	}
	shows("finished", "Best mrr", "skills that training names", "max_queries: 20")
	history, err := train.ReadMetrics(filepath.Join(cfg.Run.Dir, "metrics.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if len(history.Steps) == 0 || len(history.Validations) != 2 {
		t.Errorf("%d steps and %d validations in two epochs", len(history.Steps), len(history.Validations))
	}
	for i, s := range history.Steps {
		if s.Step != i+1 {
			t.Fatalf("line %d is of step %d", i+1, s.Step)
		}
	}
	events, err := filepath.Glob(filepath.Join(cfg.Run.Dir, "tensorboard", "events.out.tfevents.*"))
	if err != nil || len(events) != 2 {
		t.Errorf("event files %v, %v; want one a process", events, err)
	}
}
