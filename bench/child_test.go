package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func shell(script string) *child {
	return &child{name: "the worker", command: []string{"sh", "-c", script}}
}

func TestChildNamesWhoFailedAndWhatItSaid(t *testing.T) {
	_, err := shell(`for i in $(seq 40); do echo line $i >&2; done; exit 3`).run(context.Background())
	if err == nil || !strings.Contains(err.Error(), "the worker: exit status 3") || !strings.Contains(err.Error(), "line 40") ||
		strings.Contains(err.Error(), "line 25\n") {
		t.Errorf("error %v", err)
	}
}

func TestChildPeakIsItsOwn(t *testing.T) {
	const held = 256 << 20
	ours := make([]byte, held) // resident here: the child must not be charged for it
	for i := range ours {
		ours[i] = 1
	}
	f, err := shell(`sleep 0.3`).run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if f.peak < 100<<10 || f.peak > held/2 {
		t.Errorf("a shell that sleeps has a peak of %d KB beside our %d MB", f.peak>>10, len(ours)>>20)
	}
}

func TestChildIsInterruptedWhenItsWatchIsDone(t *testing.T) {
	began := time.Now()
	c := shell(`trap 'exit 130' INT; while :; do sleep 0.05; done`)
	c.interrupt = true
	c.watch = func(now time.Time) (bool, error) { return now.Sub(began) > 200*time.Millisecond, nil }
	if _, err := c.run(context.Background()); err != nil {
		t.Error(err)
	}
	c.watch = func(time.Time) (bool, error) { return false, errors.New("a torn line") }
	if _, err := c.run(context.Background()); err == nil || !strings.Contains(err.Error(), "the worker: a torn line") {
		t.Errorf("error %v", err)
	}
}

func TestChildEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if _, err := shell(`exec sleep 60`).run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

func TestAnswerIsTheLastLine(t *testing.T) {
	f := &finished{stdout: []byte("some advice\n{\"seconds\": 2.5}\n")}
	var answer struct{ Seconds float64 }
	if err := f.answer(&answer); err != nil || answer.Seconds != 2.5 {
		t.Errorf("%v, %v", answer, err)
	}
	if err := (&finished{stdout: []byte("Killed\n")}).answer(&answer); err == nil || !strings.Contains(err.Error(), "Killed") {
		t.Errorf("error %v", err)
	}
}

func TestStatusBytes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "status")
	if err := os.WriteFile(path, []byte("VmPeak:\t  100 kB\nVmHWM:\t  42 kB\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := statusBytes(path, "VmHWM:"); got != 42<<10 {
		t.Errorf("got %d", got)
	}
	if got := statusBytes(path, "VmSwap:"); got != 0 {
		t.Errorf("a missing key gave %d", got)
	}
}
