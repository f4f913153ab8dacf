//go:build unix

package llm

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// lockFile holds a file for this process until the result is closed or the process ends. It does not wait.
func lockFile(path string) (io.Closer, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("lock journal: %w", err)
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		file.Close()
		return nil, fmt.Errorf("lock journal %s: another run is using it: %w", path, err)
	}
	return file, nil
}
