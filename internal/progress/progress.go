// Package progress holds the progress bars of the commands: on stderr, with rate and time left, silent where stderr is no terminal.
// It does not log. A logger writes through Stderr, so that its lines and the bar do not tear each other.
package progress

import "github.com/schollz/progressbar/v3"

// Bar counts work done. Its methods may be called from several goroutines, on a nil Bar and after Finish.
type Bar struct {
	d     *display
	total int64
	done  int64
	over  bool
	bar   *progressbar.ProgressBar // nil where nothing is shown
}

// New shows a bar for total pieces of work and says what is being done. A total of 0 or below makes a spinner.
// A bar made while another is shown takes its line, and gives it back when it is finished.
func New(total int64, what string) *Bar { return NewUnit(total, what, "it") }

// NewUnit is New with the name of a piece of work in the rate, such as "sentences" for 120 sentences/s.
func NewUnit(total int64, what, unit string) *Bar { return stderr.bar(total, what, unit) }

// Counting returns a function that shows a bar for total pieces of work. Its results are callbacks that know nothing of bars:
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

// Finish leaves the bar as far as it came and moves to the next line. It claims no work that was not done, so it may follow
// an error or an interrupt.
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
