// Package appendfile appends records to a file that people watch while it grows, and keeps what a full disk refuses until it fits.
// It knows no format of record; whole files that must be there or not are internal/atomicfile.
package appendfile

import (
	"fmt"
	"io"
	"log/slog"
	"os"
)

// maxPending bounds the bytes kept in memory while the disk takes none: days of a training run.
const maxPending = 64 << 20

// file is what File needs of an [os.File].
type file interface {
	io.Writer
	Sync() error
	Close() error
	Name() string
}

// File appends records. It is not safe for concurrent use.
type File struct {
	file    file
	pending []byte // not written yet; a record of which a part is on disk starts in the middle
}

// Open opens path for appending; an existing file keeps its content.
func Open(path string) (*File, error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	return &File{file: f}, nil
}

// Create makes path, which must not exist.
func Create(path string) (*File, error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	return &File{file: f}, nil
}

// Append hands a record to the operating system in one write, so that a killed process loses none. What the disk refuses is kept,
// warned about once, and tried again with the next record. The error says that too much is waiting.
func (f *File) Append(record []byte) error {
	waiting := len(f.pending) > 0
	f.pending = append(f.pending, record...)
	err := f.flush()
	if err == nil {
		return nil
	}
	if len(f.pending) > maxPending {
		return fmt.Errorf("%d bytes wait to be written: %w", len(f.pending), err)
	}
	if !waiting {
		slog.Warn("cannot write; kept in memory and tried again", "file", f.file.Name(), "error", err)
	}
	return nil
}

func (f *File) flush() error {
	n, err := f.file.Write(f.pending)
	f.pending = f.pending[:copy(f.pending, f.pending[n:])]
	return err
}

// Sync flushes to the disk itself, so that a power cut loses nothing written before.
func (f *File) Sync() error {
	if err := f.flush(); err != nil {
		return err
	}
	return f.file.Sync()
}

// Close writes what waits and closes the file.
func (f *File) Close() error {
	err := f.flush()
	if closing := f.file.Close(); err == nil {
		err = closing
	}
	return err
}
