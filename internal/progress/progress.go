// Package progress holds the progress bars of the commands: on stderr, with rate and time left. Where stderr is no terminal, long work logs a line
// every 10 seconds instead. A logger writes through Stderr, so that its lines and the bar do not tear each other.
package progress

import (
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/schollz/progressbar/v3"
)

// interval is the time between two log lines of work that shows no bar.
const interval = 10 * time.Second

// Bar counts work done. Its methods may be called from several goroutines, on a nil Bar and after Finish.
type Bar struct {
	d     *display
	total int64
	done  int64
	over  bool
	bar   *progressbar.ProgressBar // nil where no bar is shown

	what, unit     string
	started, spoke time.Time
}

// New shows a bar for total pieces of work and says what is being done. A total of 0 or below makes a spinner.
// A bar made while another is shown takes its line, and gives it back when it is finished.
func New(total int64, what string) *Bar { return NewUnit(total, what, "it") }

// NewUnit is New with the name of a piece of work in the rate, such as "sentences" for 120 sentences/s.
func NewUnit(total int64, what, unit string) *Bar { return stderr.bar(total, what, unit) }

// Counting returns a function that shows a bar for total pieces of work. Its results are callbacks for code without bars:
// add counts, done ends the bar.
func Counting(what, unit string) func(total int) (add func(n int), done func()) {
	return func(total int) (func(int), func()) {
		bar := NewUnit(int64(total), what, unit)
		return bar.Add, bar.Finish
	}
}

// Add counts n more pieces done. The count stops at the total.
func (b *Bar) Add(n int) {
	if b == nil {
		return
	}
	if line := b.count(n, time.Now()); line != "" {
		slog.Info(line) // without the lock: the log may write through Stderr
	}
}

// count adds n and returns the line to log, if one is due.
func (b *Bar) count(n int, now time.Time) (line string) {
	b.d.mu.Lock()
	defer b.d.mu.Unlock()
	step := int64(n)
	if b.total > 0 {
		step = min(step, b.total-b.done)
	}
	if b.over || step <= 0 {
		return ""
	}
	b.done += step
	if b.bar != nil {
		_ = b.bar.Add64(step) // a terminal that cannot be written to must not stop the work
		return ""
	}
	if now.Sub(b.spoke) < interval {
		return ""
	}
	b.spoke = now
	return b.line(now.Sub(b.started))
}

// line says how far the work is. The unit of the rate is always a second.
func (b *Bar) line(elapsed time.Duration) string {
	rate := float64(b.done) / elapsed.Seconds()
	perSecond := strconv.FormatFloat(rate, 'g', 3, 64)
	if rate >= 100 {
		perSecond = strconv.FormatFloat(rate, 'f', 0, 64)
	}
	if b.total <= 0 {
		return fmt.Sprintf("%s: %d %s, %s/s", b.what, b.done, b.unit, perSecond)
	}
	left := time.Duration(float64(b.total-b.done) / rate * float64(time.Second)).Round(time.Second)
	return fmt.Sprintf("%s: %d of %d %s, %s/s, %s left", b.what, b.done, b.total, b.unit, perSecond, left)
}

// Describe replaces the text before the bar, such as the current loss.
func (b *Bar) Describe(what string) {
	if b == nil {
		return
	}
	b.d.mu.Lock()
	defer b.d.mu.Unlock()
	if b.over {
		return
	}
	b.what = what
	if b.bar != nil {
		b.bar.Describe(what)
	}
}

// Finish leaves the bar at its current count and moves to the next line. It does not fill the bar, so it may follow an
// error or an interrupt.
func (b *Bar) Finish() {
	if b == nil {
		return
	}
	b.d.mu.Lock()
	defer b.d.mu.Unlock()
	if !b.over {
		b.over = true
		b.d.remove(b)
	}
}
