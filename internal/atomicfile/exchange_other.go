//go:build !linux

package atomicfile

// exchange is not offered here: ReplaceDir falls back to two renames.
func exchange(_, _ string) error { return errNoExchange }
