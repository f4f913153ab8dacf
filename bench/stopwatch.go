package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// stopwatch times a training run from outside, by the lines of its metrics file: every side is timed alike, and whatever a step
// needs between two lines counts.
type stopwatch struct {
	path           string
	warmUp, steps  int
	read           int64
	rest           []byte
	first          time.Time // when the first step ended
	began, ended   time.Time
	examples, seen int
}

// watch reads what is new and reports whether the last timed step has ended.
func (s *stopwatch) watch(now time.Time) (bool, error) {
	fresh, err := s.fresh()
	if err != nil || len(fresh) == 0 {
		return false, err
	}
	s.rest = append(s.rest, fresh...)
	for {
		line, rest, whole := bytes.Cut(s.rest, []byte("\n"))
		if !whole {
			return !s.ended.IsZero(), nil
		}
		s.rest = rest
		if err := s.line(line, now); err != nil {
			return false, err
		}
	}
}

func (s *stopwatch) line(line []byte, now time.Time) error {
	var record struct{ Step, Examples int }
	if err := json.Unmarshal(line, &record); err != nil {
		return fmt.Errorf("metrics line %q: %w", line, err)
	}
	if record.Examples == 0 || !s.ended.IsZero() { // a validation, or past the end
		return nil
	}
	s.seen++
	if s.seen == 1 {
		s.first = now
	}
	switch {
	case s.seen == s.warmUp:
		s.began = now
	case s.seen > s.warmUp:
		s.examples += record.Examples
		if s.seen == s.warmUp+s.steps {
			s.ended = now
		}
	}
	return nil
}

// fresh returns what was appended since the last call.
func (s *stopwatch) fresh() ([]byte, error) {
	info, err := os.Stat(s.path)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && info.Size() == s.read) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	file, err := os.Open(s.path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	fresh, err := io.ReadAll(io.NewSectionReader(file, s.read, 1<<20))
	s.read += int64(len(fresh))
	return fresh, err
}

// perSecond returns the timed steps' examples a second.
func (s *stopwatch) perSecond() (float64, error) {
	if s.ended.IsZero() {
		return 0, fmt.Errorf("the run ended after %d steps, want %d", s.seen, s.warmUp+s.steps)
	}
	return float64(s.examples) / s.ended.Sub(s.began).Seconds(), nil
}
