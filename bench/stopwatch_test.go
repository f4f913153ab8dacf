package main

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestStopwatchTimesTheStepsBetweenWarmUpAndEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	s := &stopwatch{path: path, warmUp: 2, steps: 2}
	at := time.Unix(0, 0)
	watch := func(appended string, after time.Duration) bool {
		t.Helper()
		at = at.Add(after)
		file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if _, err := file.WriteString(appended); err != nil {
			t.Fatal(err)
		}
		done, err := s.watch(at)
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
	for _, line := range []struct {
		text  string
		after time.Duration
		done  bool
	}{
		{`{"step":1,"examples":64}` + "\n", 9 * time.Second, false},
		{`{"step":2,"exam`, time.Second, false}, // half a line counts when it is whole
		{`ples":64}` + "\n", time.Second, false},
		{`{"step":2,"validation":{"mrr":0.5}}` + "\n", time.Second, false}, // no step, but its time counts
		{`{"step":3,"examples":60}` + "\n", time.Second, false},
		{`{"step":4,"examples":40}` + "\n" + `{"step":5,"examples":64}` + "\n", 2 * time.Second, true},
	} {
		if done := watch(line.text, line.after); done != line.done {
			t.Fatalf("after %q done is %v", line.text, done)
		}
	}
	rate, err := s.perSecond()
	if err != nil || math.Abs(rate-25) > 1e-9 { // 100 examples in 4 seconds
		t.Errorf("rate %v, %v, want 25", rate, err)
	}
	if start := s.first.Sub(time.Unix(0, 0)); start != 9*time.Second {
		t.Errorf("the first step ended after %v", start)
	}
}

func TestStopwatchRefusesARunThatEndsEarly(t *testing.T) {
	s := &stopwatch{path: filepath.Join(t.TempDir(), "none"), warmUp: 1, steps: 2}
	if done, err := s.watch(time.Now()); done || err != nil {
		t.Fatalf("without a file: %v, %v", done, err)
	}
	if _, err := s.perSecond(); err == nil {
		t.Error("a run without steps has a rate")
	}
}
