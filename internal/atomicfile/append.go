package atomicfile

import (
	"fmt"
	"io"
	"log/slog"
	"os"
)

// maxPending bounds the bytes that an Appender keeps in memory while the disk refuses them. A training run of days writes less.
const maxPending = 64 << 20

// appendTarget is the part of [os.File] that an Appender uses.
type appendTarget interface {
	io.Writer
	Sync() error
	Close() error
	Name() string
}

// Appender appends records to a file that people watch while it grows. It keeps the bytes that a full disk refuses and writes
// them when there is room again. It knows no record format. It is not safe for concurrent use.
type Appender struct {
	file    appendTarget
	pending []byte // not written yet; starts in the middle of a record if the disk took a part of it
}

// OpenAppender opens path for appending. It creates the file if there is none, and keeps the content of an existing file.
func OpenAppender(path string) (*Appender, error) { return openAppender(path, 0) }

// CreateAppender creates path for appending. It fails if path exists.
func CreateAppender(path string) (*Appender, error) { return openAppender(path, os.O_EXCL) }

func openAppender(path string, flag int) (*Appender, error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY|flag, 0o644)
	if err != nil {
		return nil, err
	}
	return &Appender{file: f}, nil
}

// Append passes a record to the operating system in one write, so a killed process loses no record. If the disk refuses bytes,
// Append keeps them, logs one warning, and tries again with the next record. It returns an error if too many bytes are pending.
func (a *Appender) Append(record []byte) error {
	waiting := len(a.pending) > 0
	a.pending = append(a.pending, record...)
	err := a.flush()
	if err == nil {
		return nil
	}
	if len(a.pending) > maxPending {
		return fmt.Errorf("%d bytes wait to be written: %w", len(a.pending), err)
	}
	if !waiting {
		slog.Warn("cannot write; the records stay in memory and are written later", "file", a.file.Name(), "error", err)
	}
	return nil
}

func (a *Appender) flush() error {
	n, err := a.file.Write(a.pending)
	a.pending = a.pending[:copy(a.pending, a.pending[n:])]
	return err
}

// Sync writes the pending bytes and flushes the file to the disk, so a power cut loses nothing that was appended before.
func (a *Appender) Sync() error {
	if err := a.flush(); err != nil {
		return err
	}
	return a.file.Sync()
}

// Close writes the pending bytes and closes the file.
func (a *Appender) Close() error {
	err := a.flush()
	if closing := a.file.Close(); err == nil {
		err = closing
	}
	return err
}
