package atomicfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// leftover is the name of a temporary file or folder: what withTempName makes.
var leftover = regexp.MustCompile(`^\..+` + regexp.QuoteMeta(tempMark) + `[A-Z2-7]{26}$`)

// Sweep removes from a folder what killed writers left there: the temporary files and folders of Create and ReplaceDir, which
// are as large as what was being written. It is only for a folder that no other process writes to at that moment, whose pending
// version it would remove. A folder that does not exist holds nothing to remove.
func Sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("sweep leftovers: %w", err)
	}
	var all error
	for _, entry := range entries {
		if leftover.MatchString(entry.Name()) {
			all = errors.Join(all, os.RemoveAll(filepath.Join(dir, entry.Name())))
		}
	}
	if all != nil {
		return fmt.Errorf("sweep leftovers: %w", all)
	}
	return nil
}
