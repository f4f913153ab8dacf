package train

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// disk counts the saves that Checkpointing asks for, and refuses them while it is full.
type disk struct {
	full  bool
	saves []string
}

func (d *disk) save(_ *Loop, dir string) error {
	if d.full {
		return syscall.ENOSPC
	}
	d.saves = append(d.saves, filepath.Base(dir))
	return nil
}

// logged returns what f logs.
func logged(t *testing.T, f func()) string {
	t.Helper()
	var text bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&text, nil)))
	defer slog.SetDefault(before)
	f()
	return text.String()
}

func TestFailedSaveStopsOnlyTheRunsEnd(t *testing.T) {
	d := &disk{}
	hook := (&Checkpointing{Folder: t.TempDir(), Every: 2, Keep: 1, Save: d.save}).Hook()
	loop := &Loop{}
	if err := hook.Start(loop); err != nil {
		t.Fatal(err)
	}
	at := func(step int, ends bool) error {
		loop.Position.Step = step
		return hook.Step(t.Context(), loop, Step{Position: loop.Position, RunEnds: ends})
	}
	d.full = true
	text := logged(t, func() {
		if err := at(2, false); err != nil {
			t.Errorf("a full disk stopped the run: %v", err)
		}
	})
	if !strings.Contains(text, "level=ERROR") || !strings.Contains(text, "step=2") || !strings.Contains(text, "no space left") {
		t.Errorf("logged %q", text)
	}
	d.full = false
	if err := at(4, false); err != nil || !slices.Equal(d.saves, []string{"step-4", "last"}) {
		t.Errorf("with space again: %v, saved %v", err, d.saves)
	}
	d.full = true
	err := at(5, true)
	if !errors.Is(err, ErrNotSaved) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("the run's last save: %v", err)
	}
	if err := hook.End(loop, err); err != nil {
		t.Errorf("the failure is told twice: %v", err)
	}
}

func TestStoppedRunThatCannotSaveSaysSo(t *testing.T) {
	d := &disk{full: true}
	hook := (&Checkpointing{Folder: t.TempDir(), Every: 2, Save: d.save}).Hook()
	loop := &Loop{Position: Position{Step: 3}}
	if err := hook.End(loop, context.Canceled); !errors.Is(err, ErrNotSaved) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Ctrl-C on a full disk: %v", err)
	}
	if err := hook.End(loop, ErrDiverged); err != nil {
		t.Errorf("a diverged state was to be saved: %v", err)
	}
}

// TestBestIsWhatIsOnDisk: if the best checkpoint could not be saved, a later one with a lower metric must be saved.
func TestBestIsWhatIsOnDisk(t *testing.T) {
	d := &disk{full: true}
	values := []float64{0.9, 0.5, 0.7}
	v := &Validation{Metric: "mrr", Measure: func(context.Context) (map[string]float64, error) {
		value := values[0]
		values = values[1:]
		return map[string]float64{"mrr": value}, nil
	}, Improved: func(l *Loop, _ int, _ map[string]float64) error { return d.save(l, "best") }}
	measure := func(step int, ends bool) error {
		return v.step(t.Context(), &Loop{}, Step{Position: Position{Step: step}, EpochEnds: true, RunEnds: ends})
	}
	logged(t, func() {
		if err := measure(1, false); err != nil || v.BestStep != 0 {
			t.Errorf("unsaved best: %v, best step %d", err, v.BestStep)
		}
	})
	d.full = false
	if err := measure(2, false); err != nil || v.BestStep != 2 || v.Best != 0.5 || len(d.saves) != 1 {
		t.Errorf("the next best: %v, step %d, %v, saves %v", err, v.BestStep, v.Best, d.saves)
	}
	d.full = true
	if err := measure(3, true); !errors.Is(err, ErrNotSaved) || v.BestStep != 2 {
		t.Errorf("unsaved best at the run's end: %v, best step %d", err, v.BestStep)
	}
}

// TestInterruptedHooksRunAgain: a step whose hooks did not finish stays pending, and a run begins with it.
func TestInterruptedHooksRunAgain(t *testing.T) {
	var seen []Step
	stop := true
	l := &Loop{options: LoopOptions{Epochs: 1}, total: 3, Position: Position{Epoch: 1, Step: 3}}
	l.Add(Hook{Name: "watch", Step: func(_ context.Context, _ *Loop, step Step) error {
		if stop {
			return context.Canceled
		}
		seen = append(seen, step)
		return nil
	}})
	want := Step{Position: l.Position, Loss: 1.25, RunEnds: true}
	if err := l.finish(t.Context(), want); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if l.Pending == nil || l.Finished() != 2 {
		t.Fatalf("pending %v, %d steps finished", l.Pending, l.Finished())
	}
	stop = false
	if err := l.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if l.Pending != nil || l.Finished() != 3 || len(seen) != 1 || seen[0] != want {
		t.Errorf("pending %v, hooks saw %+v", l.Pending, seen)
	}
}
