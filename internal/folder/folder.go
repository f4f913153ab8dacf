// Package folder opens a folder once and reads its files from that folder, even if it is removed or another folder
// takes its path. It knows no file format.
package folder

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/sys/unix"
)

// Folder is an open folder. Each of its files is opened at most once and stays open until Close, so every reader of a
// file sees the same content. Its methods are safe for concurrent use.
type Folder struct {
	path string
	dir  *os.File
	only []string // the names that exist; nil: all

	mu    sync.Mutex
	files map[string]*os.File
}

// Open opens the folder at path.
func Open(path string) (*Folder, error) {
	dir, err := os.OpenFile(path, os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	return &Folder{path: path, dir: dir, files: map[string]*os.File{}}, nil
}

// Path returns the path at which the folder was opened.
func (f *Folder) Path() string { return f.path }

// Join returns the path of a file, for messages.
func (f *Folder) Join(name string) string { return filepath.Join(f.path, name) }

// Moved reports whether the path holds another folder now, or none.
func (f *Folder) Moved() bool {
	opened, err := f.dir.Stat()
	if err != nil {
		return false
	}
	now, err := os.Stat(f.path)
	return err != nil || !os.SameFile(opened, now)
}

// Pin opens the named files. From then on the folder has no others.
func (f *Folder) Pin(names []string) error {
	for _, name := range names {
		if _, err := f.File(name); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.only = slices.Clone(names)
	return nil
}

// File returns an open regular file. name may lie in a folder below. The caller reads it with ReadAt and does not close
// it. A symbolic link is followed. Anything but a regular file is refused without waiting.
func (f *Folder) File(name string) (*os.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if file := f.files[name]; file != nil {
		return file, nil
	}
	if !filepath.IsLocal(name) {
		return nil, fmt.Errorf("file name %q leaves the folder", name)
	}
	if f.only != nil && !slices.Contains(f.only, name) {
		return nil, f.failed(name, fs.ErrNotExist)
	}
	// Without O_NONBLOCK, opening a FIFO would wait for its writer.
	fd, err := openAt(int(f.dir.Fd()), name, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK)
	if err != nil {
		return nil, f.failed(name, err)
	}
	file := os.NewFile(uintptr(fd), f.Join(name))
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: not a regular file (%s)", f.Join(name), info.Mode())
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	f.files[name] = file
	return file, nil
}

func openAt(dir int, name string, flags int) (int, error) {
	for {
		fd, err := unix.Openat(dir, name, flags, 0)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}

func (f *Folder) failed(name string, err error) error {
	return &fs.PathError{Op: "open", Path: f.Join(name), Err: err}
}

// Has reports whether the folder holds a regular file of that name.
func (f *Folder) Has(name string) bool {
	_, err := f.File(name)
	return err == nil
}

// Content returns a reader of a file's content from its start, and its size.
func (f *Folder) Content(name string) (io.Reader, int64, error) {
	file, err := f.File(name)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	return io.NewSectionReader(file, 0, info.Size()), info.Size(), nil
}

// Read returns a file's content. A file of more than limit bytes is refused.
func (f *Folder) Read(name string, limit int64) ([]byte, error) {
	content, size, err := f.Content(name)
	if err != nil {
		return nil, err
	}
	if size > limit {
		return nil, fmt.Errorf("%s: not a file of at most %d bytes (it has %d)", f.Join(name), limit, size)
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(content, text); err != nil {
		return nil, fmt.Errorf("read %s: %w", f.Join(name), err)
	}
	return text, nil
}

// Close closes the folder and its files.
func (f *Folder) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.dir.Close()
	for _, file := range f.files {
		err = errors.Join(err, file.Close())
	}
	f.files = nil
	return err
}

// Read returns the content of the file at path. Anything but a regular file of at most limit bytes is refused.
func Read(path string, limit int64) ([]byte, error) {
	f, err := Open(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Read(filepath.Base(path), limit)
}
