//go:build !linux

package atomicfile

// exchange exists on Linux only. ReplaceDir then uses two renames.
func exchange(_, _ string) error { return errNoExchange }
