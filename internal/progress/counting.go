package progress

// Counting returns what makes a bar for so many units of a task, as callbacks that know nothing of bars: add counts, done ends it.
func Counting(what, unit string) func(total int) (add func(n int), done func()) {
	return func(total int) (func(int), func()) {
		bar := NewUnit(int64(total), what, unit)
		return bar.Add, bar.Finish
	}
}
