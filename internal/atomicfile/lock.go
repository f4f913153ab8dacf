package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// lockName is the file in a folder whose lock the folder's writer holds. The file stays when the lock is released: a process that
// removed it could remove the file that another process has just locked.
const lockName = ".lock"

// ErrLocked means that another process, or another FolderLock of this one, writes to a folder.
var ErrLocked = errors.New("another process writes to this folder")

// FolderLock is held by the one process that writes to a folder. The operating system releases it when the process ends, however
// it ends.
type FolderLock struct{ lock *flock.Flock }

// LockFolder locks an existing folder, without waiting. The error wraps ErrLocked, and names the process if it can, when the folder
// is locked already.
func LockFolder(dir string) (*FolderLock, error) {
	path := filepath.Join(dir, lockName)
	lock := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o666))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock folder %s: %w", dir, err)
	}
	if !locked {
		return nil, errors.Join(fmt.Errorf("%s: %w%s", dir, ErrLocked, holder(path)), lock.Close())
	}
	host, _ := os.Hostname()
	owner := fmt.Sprintf("process %d on %s\n", os.Getpid(), host)
	if err := os.WriteFile(path, []byte(owner), 0o666); err != nil {
		return nil, errors.Join(fmt.Errorf("lock folder %s: %w", dir, err), lock.Close())
	}
	return &FolderLock{lock}, nil
}

// holder returns the owner that a lock file names, in parentheses.
func holder(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 200))
	owner := strings.TrimSpace(string(text))
	if err != nil || owner == "" {
		return ""
	}
	return " (" + owner + ")"
}

// Close releases the lock.
func (l *FolderLock) Close() error {
	if err := l.lock.Close(); err != nil {
		return fmt.Errorf("unlock folder: %w", err)
	}
	return nil
}
