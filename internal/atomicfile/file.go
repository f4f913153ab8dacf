package atomicfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// maxAttempts bounds the search for an unused temporary name.
const maxAttempts = 100

// tempMark stands between the hidden base name and the random end of a temporary name.
const tempMark = ".tmp-"

// File is a file being written beside its final path. Nothing is visible at that path until Commit.
// It is not safe for concurrent use.
type File struct {
	file   *os.File
	target string // the path that Commit replaces, symbolic links resolved
	failed error  // the first write error: Commit refuses to publish a torn file
	done   bool
}

// Create starts a new version of path. The caller writes to it and ends with Commit or Abort; "defer f.Abort()" is safe after Commit.
// The folder must exist. A symbolic link at path is followed, so the link stays and the file behind it is replaced.
// A path that exists and is not a regular file (a folder, a device) is refused.
func Create(path string) (*File, error) {
	target, mode, err := resolve(path)
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", path, err)
	}
	var file *os.File
	err = withTempName(target, func(name string) error {
		file, err = os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("create %s: temporary file: %w", path, err)
	}
	f := &File{file: file, target: target}
	if mode != 0 { // keep the permissions of the file being replaced
		if err := file.Chmod(mode); err != nil {
			f.Abort()
			return nil, fmt.Errorf("create %s: keep permissions: %w", path, err)
		}
	}
	return f, nil
}

// Write appends p to the pending version.
func (f *File) Write(p []byte) (int, error) {
	if f.done {
		return 0, fmt.Errorf("write %s: %w", f.target, fs.ErrClosed)
	}
	n, err := f.file.Write(p)
	if err != nil {
		err = fmt.Errorf("write %s: %w", f.target, err)
		if f.failed == nil {
			f.failed = err
		}
	}
	return n, err
}

// Commit flushes the pending version to the disk and puts it at the final path in one step.
// On an error the old file is untouched and the pending version is removed. A Write that failed before makes Commit fail.
func (f *File) Commit() error {
	if f.done {
		return fmt.Errorf("commit %s: %w", f.target, fs.ErrClosed)
	}
	if f.failed != nil {
		f.Abort()
		return fmt.Errorf("commit %s: an earlier write failed: %w", f.target, f.failed)
	}
	if err := f.file.Sync(); err != nil {
		f.Abort()
		return fmt.Errorf("commit %s: flush: %w", f.target, err)
	}
	f.done = true
	name := f.file.Name()
	if err := f.file.Close(); err != nil {
		return fmt.Errorf("commit %s: close: %w", f.target, errors.Join(err, os.Remove(name)))
	}
	if err := os.Rename(name, f.target); err != nil {
		return fmt.Errorf("commit %s: %w", f.target, errors.Join(err, os.Remove(name)))
	}
	if err := syncDir(filepath.Dir(f.target)); err != nil {
		return fmt.Errorf("commit %s: the file is in place, but its folder could not be flushed: %w", f.target, err)
	}
	return nil
}

// Abort drops the pending version and leaves the old file as it was. After Commit or another Abort it does nothing.
func (f *File) Abort() {
	if f.done {
		return
	}
	f.done = true
	name := f.file.Name()
	f.file.Close()  // the content is thrown away: an error here loses nothing
	os.Remove(name) // a leftover is hidden and harmless
}

// Write replaces path by what write produces. When write or the disk fails, or write panics, the old file is untouched.
func Write(path string, write func(io.Writer) error) error {
	f, err := Create(path)
	if err != nil {
		return err
	}
	defer f.Abort()
	if err := write(f); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return f.Commit()
}

// resolve follows symbolic links and returns the path to replace and the permissions to keep (0 for a new file).
func resolve(path string) (string, fs.FileMode, error) {
	if path == "" {
		return "", 0, errors.New("empty path")
	}
	target, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		// A new file, or a dangling link, which the new file replaces.
		return path, 0, nil
	}
	if err != nil {
		return "", 0, err
	}
	info, err := os.Stat(target)
	if err != nil {
		return "", 0, err
	}
	if !info.Mode().IsRegular() {
		return "", 0, fmt.Errorf("not a regular file (%s)", info.Mode())
	}
	return target, info.Mode().Perm(), nil
}

// withTempName calls create with hidden names beside target until one is unused.
// os.CreateTemp is not used because its 0600 would replace what the umask asks for.
func withTempName(target string, create func(name string) error) error {
	dir, base := filepath.Split(target)
	// A long base name must not push the temporary name over the usual limit of 255 bytes.
	base = base[:min(len(base), 180)]
	for range maxAttempts {
		err := create(filepath.Join(dir, "."+base+tempMark+rand.Text()))
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return fmt.Errorf("no unused name after %d attempts: %w", maxAttempts, fs.ErrExist)
}

// syncDir flushes a folder, so that a rename in it survives a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if unsupportedSync(err) {
		err = nil
	}
	return errors.Join(err, d.Close())
}
