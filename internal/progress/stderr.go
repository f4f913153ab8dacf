package progress

import (
	"io"
	"os"

	"golang.org/x/term"
)

var stderr = &display{
	out:      os.Stderr,
	terminal: term.IsTerminal(int(os.Stderr.Fd())) && os.Getenv("TERM") != "dumb",
}

// Stderr writes whole lines to standard error: a bar that is shown is cleared before and drawn again after.
var Stderr io.Writer = lines{stderr}

// Close finishes every bar that is still shown, so that what is written next starts on a line of its own.
func Close() {
	stderr.mu.Lock()
	bars := append([]*Bar(nil), stderr.bars...)
	stderr.mu.Unlock()
	for i := len(bars) - 1; i >= 0; i-- {
		bars[i].Finish()
	}
}

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
