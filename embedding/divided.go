package embedding

import (
	"fmt"
	"sync/atomic"

	"skillspace/data/jobad"
)

// Divided counts the texts that are too long for a model and are read in windows. The zero value is ready to
// use. A nil Divided counts nothing.
type Divided struct {
	texts, windows, cuts atomic.Int64
}

// Any reports whether a text was divided.
func (d *Divided) Any() bool { return d != nil && d.texts.Load() > 0 }

// String says how many texts were divided.
func (d *Divided) String() string {
	return fmt.Sprintf("texts longer than the model reads: %d, divided into windows: %d, of which end inside a clause: %d",
		d.texts.Load(), d.windows.Load(), d.cuts.Load())
}

func (d *Divided) count(windows []jobad.Window) {
	if d == nil {
		return
	}
	d.texts.Add(1)
	d.windows.Add(int64(len(windows)))
	for _, w := range windows {
		if w.Cut {
			d.cuts.Add(1)
		}
	}
}

// divide returns the windows of texts: each text that a model reads whole, and the windows of the others. of[i] is the
// text of window i. divide calls whole once for each text.
func divide(texts []string, whole func(i int) bool, fits func(text string) bool, count *Divided) (windows []string, of []int) {
	for i, text := range texts {
		if whole(i) {
			windows, of = append(windows, text), append(of, i)
			continue
		}
		parts := jobad.Windows(text, fits)
		count.count(parts)
		for _, part := range parts {
			windows, of = append(windows, part.Text), append(of, i)
		}
	}
	return windows, of
}
