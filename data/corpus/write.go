package corpus

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"skillspace/internal/atomicfile"
)

// Writer writes examples as JSON lines. The file appears, whole, with Commit. It is not safe for concurrent use.
type Writer struct {
	path    string
	file    *atomicfile.File
	buffer  *bufio.Writer
	encoder *json.Encoder
	count   int
}

// Create starts a corpus file. The caller ends with Commit or Abort; "defer w.Abort()" is safe after Commit.
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

// Write adds one example. What Read would reject is refused.
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
	if size > maxLineBytes/8 { // a byte takes six at most when it is escaped
		return fmt.Errorf("%d bytes, want at most %d", size, maxLineBytes/8)
	}
	if e.Skills == nil {
		e.Skills = []string{} // [] in the file, not null
	}
	return w.encoder.Encode(e)
}

// Count returns how many examples were written.
func (w *Writer) Count() int { return w.count }

// Commit flushes the file to the disk and puts it at its path in one step. On an error the old file, if any, is untouched.
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

// Abort drops what was written and leaves the old file, if any, as it was. After Commit it does nothing.
func (w *Writer) Abort() { w.file.Abort() }
