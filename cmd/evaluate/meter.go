package main

import (
	"fmt"
	"log/slog"
	"time"

	"skillspace/internal/progress"
	"skillspace/internal/terminal"
)

// meter shows the progress of each system through a benchmark and logs its time.
type meter struct {
	benchmark string
	system    string
	bar       *progress.Bar
	done      int
	started   time.Time // of the system
	last      time.Time // end of its latest chunk
}

func newMeter(benchmark string) *meter {
	now := time.Now()
	return &meter{benchmark: benchmark, started: now, last: now}
}

// progress is an [evaluate.RunOptions.Progress]. It is called after a chunk, so the time before a system's first call
// is also that system's.
func (m *meter) progress(system string, done, total int) {
	if system != m.system {
		m.finish()
		m.system, m.done, m.started = system, 0, m.last
		m.bar = progress.NewUnit(int64(total), m.benchmark+": "+system, "texts")
	}
	m.bar.Add(done - m.done)
	m.done, m.last = done, time.Now()
}

// finish ends the line of the latest system.
func (m *meter) finish() {
	if m.bar == nil {
		return
	}
	m.bar.Finish()
	m.bar = nil
	slog.Info(fmt.Sprintf("%s: %s: %s in %.2f s", m.benchmark, m.system, terminal.Count(m.done, "text", "texts"), m.last.Sub(m.started).Seconds()))
}
