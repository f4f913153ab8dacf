// Package atomicfile writes files and folders that survive a crash, a full disk and Ctrl-C. A File or a folder is replaced as a
// whole: its path holds the old content or the new one, never a mixture. An Appender adds records to a file and loses none that it
// accepted. A FolderLock gives a folder one writer. The package knows no file format.
//
// Replacing takes no lock. Two processes may replace the same path, and the last one to commit wins.
package atomicfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// maxAttempts bounds the search for an unused temporary name.
const maxAttempts = 100

// tempMark separates the base name from the random suffix in a temporary name.
const tempMark = ".tmp-"

// File is the pending version of a file. It is written beside the final path, where it appears with Commit.
// It is not safe for concurrent use.
type File struct {
	file   *os.File
	target string // the path that Commit replaces, with symbolic links resolved
	failed error  // the first error of Write; Commit then refuses to publish a torn file
	done   bool
}

// Create starts a new version of path. The caller writes to it and then calls Commit or Abort. Abort after Commit does nothing, so
// "defer f.Abort()" is safe. The parent folder must exist. Create follows a symbolic link at path: the link stays, and the file it
// points to is replaced. Create refuses a path that exists and is not a regular file, such as a folder or a device.
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
	if mode != 0 { // keep the permissions of the old file
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
		if path, ok := errors.AsType[*fs.PathError](err); ok {
			err = path.Err // the temporary name says nothing to the user
		}
		err = fmt.Errorf("write %s: %w", f.target, err)
		if f.failed == nil {
			f.failed = err
		}
	}
	return n, err
}

// Commit flushes the pending version to the disk and moves it to the final path in one step. If Commit fails, the old file is
// untouched and the pending version is gone. Commit fails if a Write failed before.
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

// Abort removes the pending version and leaves the old file as it was. After Commit or another Abort it does nothing.
func (f *File) Abort() {
	if f.done {
		return
	}
	f.done = true
	name := f.file.Name()
	f.file.Close()  // an error does not matter: nobody reads this content
	os.Remove(name) // a file that cannot be removed is hidden and harmless
}

// Write replaces the content of path with the bytes that the function write produces. The old file is untouched if write returns
// an error, if write panics, or if the disk fails.
func Write(path string, write func(io.Writer) error) error {
	f, err := Create(path)
	if err != nil {
		return err
	}
	defer f.Abort()
	if err := write(f); err != nil {
		if f.failed != nil && errors.Is(err, f.failed) { // it names the path already
			return err
		}
		return fmt.Errorf("write %s: %w", path, err)
	}
	return f.Commit()
}

// resolve follows symbolic links. It returns the path to replace and the permissions to keep, which are 0 for a new file.
func resolve(path string) (string, fs.FileMode, error) {
	if path == "" {
		return "", 0, errors.New("empty path")
	}
	target, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		// There is no file, or a dangling link. The new file takes its place.
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

// withTempName calls create with hidden names beside target until it finds an unused one. os.CreateTemp would set the permissions
// to 0600 and ignore the umask.
func withTempName(target string, create func(name string) error) error {
	dir, base := filepath.Split(target)
	// Most file systems limit a name to 255 bytes.
	base = base[:min(len(base), 180)]
	for range maxAttempts {
		err := create(filepath.Join(dir, "."+base+tempMark+rand.Text()))
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return fmt.Errorf("no unused name after %d attempts: %w", maxAttempts, fs.ErrExist)
}

// syncDir flushes a folder, so a rename in it survives a power cut.
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

// unsupportedSync reports whether the file system cannot flush a folder. Some network mounts cannot. The rename has succeeded all
// the same, so the caller ignores the error.
func unsupportedSync(err error) bool {
	return errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP)
}
