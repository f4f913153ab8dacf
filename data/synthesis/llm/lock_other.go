//go:build !unix

package llm

import (
	"fmt"
	"io"
	"os"
)

// lockFile only opens the file: this system is not one that two runs are kept apart on.
func lockFile(path string) (io.Closer, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("lock journal: %w", err)
	}
	return file, nil
}
