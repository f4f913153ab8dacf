// Package progress holds the progress bars of the commands: on stderr, with rate and time left, silent where stderr is no terminal.
// It does not log; a logger writes through Stderr, so that its lines and the bar do not tear each other.
package progress

import (
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Bar counts work done. Its methods may be called from several goroutines, on a nil Bar and after Finish.
type Bar struct {
	d     *display
	total int64
	done  int64
	over  bool
	bar   *progressbar.ProgressBar // nil where nothing is shown
}

// New shows a bar for total pieces of work (0 or below: a spinner for an unknown number) and says what is being done.
// A bar made while another is shown takes its line until it is finished, and then gives it back.
func New(total int64, what string) *Bar { return NewUnit(total, what, "it") }

// NewUnit is New with the name of a piece of work in the rate, such as "sentences" for 120 sentences/s.
func NewUnit(total int64, what, unit string) *Bar { return stderr.bar(total, what, unit) }

// Add counts n more pieces done; what goes beyond the total counts as the total.
func (b *Bar) Add(n int) {
	if b == nil {
		return
	}
	b.d.mu.Lock()
	defer b.d.mu.Unlock()
	step := int64(n)
	if b.total > 0 {
		step = min(step, b.total-b.done)
	}
	if b.over || step <= 0 {
		return
	}
	b.done += step
	if b.bar != nil {
		_ = b.bar.Add64(step) // a terminal that cannot be written to must not stop the work
	}
}

// Describe replaces the text before the bar, such as the current loss.
func (b *Bar) Describe(what string) {
	if b == nil {
		return
	}
	b.d.mu.Lock()
	defer b.d.mu.Unlock()
	if b.bar != nil && !b.over {
		b.bar.Describe(what)
	}
}

// Finish leaves the bar as far as it came and moves to the next line. It does not claim work that was not done, so it is
// right after an error and after an interrupt too.
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

// display is a terminal line that bars share: the newest is shown.
type display struct {
	mu       sync.Mutex
	out      io.Writer
	terminal bool
	bars     []*Bar
}

func (d *display) bar(total int64, what, unit string) *Bar {
	d.mu.Lock()
	defer d.mu.Unlock()
	b := &Bar{d: d, total: total}
	if !d.terminal {
		return b
	}
	if len(d.bars) > 0 {
		_ = d.top().bar.Clear()
	}
	d.bars = append(d.bars, b)
	limit := total
	if total <= 0 {
		limit = -1 // the library's sign for a spinner
	}
	b.bar = progressbar.NewOptions64(limit,
		progressbar.OptionSetWriter(gate{b}),
		progressbar.OptionSetDescription(what),
		progressbar.OptionSetItsString(unit),
		progressbar.OptionShowIts(),
		progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(24),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionUseANSICodes(true),
		progressbar.OptionSetPredictTime(total > 0),
		progressbar.OptionSetElapsedTime(true),
	)
	_ = b.bar.RenderBlank()
	return b
}

// top is the bar that is shown. It must not be called without one.
func (d *display) top() *Bar { return d.bars[len(d.bars)-1] }

// remove takes a finished bar off the line. The outermost one stays to be read; one inside another gives the line back.
func (d *display) remove(b *Bar) {
	for i, other := range d.bars {
		if other != b {
			continue
		}
		shown := other == d.top()
		if shown && i > 0 {
			_ = b.bar.Clear()
		} else if shown {
			_, _ = io.WriteString(d.out, "\n")
		}
		d.bars = append(d.bars[:i:i], d.bars[i+1:]...)
		if shown && i > 0 {
			_ = d.top().bar.RenderBlank()
		}
		return
	}
}

// gate lets only the shown bar write. The display's lock is held whenever a bar writes.
type gate struct{ b *Bar }

func (g gate) Write(p []byte) (int, error) {
	if d := g.b.d; len(d.bars) == 0 || d.top() != g.b {
		return len(p), nil
	}
	return g.b.d.out.Write(p)
}
