package corpus

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"skillspace/internal/atomicfile"
)

// Writer writes examples as JSON lines. Commit makes the whole file appear at once. It is not safe for concurrent
// use.
type Writer struct {
	path    string
	file    *atomicfile.File
	buffer  *bufio.Writer
	encoder *json.Encoder
	count   int
}

// Create starts a corpus file. The caller must call Commit or Abort. "defer w.Abort()" is safe after Commit.
func Create(path string) (*Writer, error) {
	file, err := atomicfile.Create(path)
	if err != nil {
		return nil, fmt.Errorf("write corpus: %w", err)
	}
	buffer := bufio.NewWriterSize(file, 256<<10)
	encoder := json.NewEncoder(buffer)
	encoder.SetEscapeHTML(false) // "R&D" stays readable
	return &Writer{path: path, file: file, buffer: buffer, encoder: encoder}, nil
}

// Write adds one example. It refuses an example that Read would reject.
func (w *Writer) Write(e Example) error {
	if err := w.write(e); err != nil {
		return fmt.Errorf("write corpus %s: example %d: %w", w.path, w.count+1, err)
	}
	w.count++
	return nil
}

func (w *Writer) write(e Example) error {
	if err := e.check(); err != nil {
		return err
	}
	size := len(e.Text) + len(e.Level2) + len(e.Writer)
	valid := utf8.ValidString(e.Text) && utf8.ValidString(e.Level2) && utf8.ValidString(e.Writer)
	for _, uri := range e.Skills {
		size += len(uri) + len(`"",`)
		valid = valid && utf8.ValidString(uri)
	}
	if !valid {
		return errors.New("not UTF-8 text")
	}
	if size > maxLineBytes/8 { // an escaped byte takes at most six bytes
		return fmt.Errorf("%d bytes, want at most %d", size, maxLineBytes/8)
	}
	if e.Skills == nil {
		e.Skills = []string{} // [] in the file, not null
	}
	return w.encoder.Encode(e)
}

// Count returns the number of examples written.
func (w *Writer) Count() int { return w.count }

// Commit flushes the file to the disk and moves it to its path atomically. On an error an existing file is
// untouched.
func (w *Writer) Commit() error {
	if err := w.buffer.Flush(); err != nil {
		w.file.Abort()
		return fmt.Errorf("write corpus: %w", err)
	}
	if err := w.file.Commit(); err != nil {
		return fmt.Errorf("write corpus: %w", err)
	}
	return nil
}

// Abort discards the written data and leaves an existing file as it was. After Commit it does nothing.
func (w *Writer) Abort() { w.file.Abort() }
