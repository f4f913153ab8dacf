package progress

import (
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Stderr writes whole lines to standard error. A bar that is shown is cleared before a line and drawn again after it.
var Stderr io.Writer = lines{stderr}

var stderr = &display{
	out:      os.Stderr,
	terminal: term.IsTerminal(int(os.Stderr.Fd())) && os.Getenv("TERM") != "dumb",
}

// Close finishes every bar that is still shown, so that what is written next starts on a line of its own.
func Close() {
	stderr.mu.Lock()
	bars := append([]*Bar(nil), stderr.bars...)
	stderr.mu.Unlock()
	for _, bar := range slices.Backward(bars) {
		bar.Finish()
	}
}

// Hide shows no bar from now on.
func Hide() {
	Close()
	stderr.mu.Lock()
	defer stderr.mu.Unlock()
	stderr.terminal = false
}

// display is a terminal line that bars share: the newest is shown.
type display struct {
	mu       sync.Mutex // held whenever something is written to out
	out      io.Writer
	terminal bool
	bars     []*Bar
}

func (d *display) bar(total int64, what, unit string) *Bar {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	b := &Bar{d: d, total: total, what: what, unit: unit, started: now, spoke: now}
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
		// With an interval, a spinner draws from a goroutine of the library's, which does not hold the display's lock and never ends.
		progressbar.OptionSetSpinnerChangeInterval(0),
	)
	_ = b.bar.RenderBlank()
	return b
}

// top is the bar that is shown. There must be one.
func (d *display) top() *Bar { return d.bars[len(d.bars)-1] }

// remove takes a finished bar off the line. The outermost bar stays on the screen. A bar inside another gives the line back.
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

// gate lets only the bar that is shown write.
type gate struct{ b *Bar }

// Write drops what a hidden bar draws.
func (g gate) Write(p []byte) (int, error) {
	if d := g.b.d; len(d.bars) == 0 || d.top() != g.b {
		return len(p), nil
	}
	return g.b.d.out.Write(p)
}

// lines writes log lines to the display.
type lines struct{ d *display }

// Write writes p between two drawings of the bar. The error is that of the terminal.
func (l lines) Write(p []byte) (int, error) {
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	if len(l.d.bars) == 0 {
		return l.d.out.Write(p)
	}
	bar := l.d.top().bar
	_ = bar.Clear()
	n, err := l.d.out.Write(p)
	_ = bar.RenderBlank()
	return n, err
}
