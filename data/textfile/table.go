package textfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// MaxRow bounds a row of a table, in bytes.
const MaxRow = 1 << 20

// Table reads rows of cells, as RFC 4180 describes them, with any delimiter. A cell is what stands between its
// delimiters or its quotes. White space and line ends inside it stay as they are, so that an offset into the cell holds
// for every other reader of the file; encoding/csv turns CR LF inside a cell into LF. A quote inside a cell that does
// not begin with one is an ordinary character.
type Table struct {
	r         *bufio.Reader
	delimiter byte
	lines     int    // read so far
	row       []byte // the lines of the current row
	flat      []byte // its cells without quotes, one after the other
	ends      []int  // of the cells, in flat
}

// RowError means that a row cannot be read. The next row can.
type RowError struct {
	Line int // number of the row's first line, from 1
	Why  string
}

// Error says why the row cannot be read.
func (e *RowError) Error() string { return e.Why }

// NewTable returns a reader of a table in UTF-8 without a byte order mark.
func NewTable(r *bufio.Reader, delimiter byte) *Table { return &Table{r: r, delimiter: delimiter} }

// Read returns the cells of the next row that is not blank, and the number of its first line. The error is io.EOF after
// the last row, a *RowError for one row, or one that ends the reading.
func (t *Table) Read() (cells []string, line int, err error) {
	t.row, t.flat, t.ends = t.row[:0], t.flat[:0], t.ends[:0]
	for len(trimLineEnd(t.row)) == 0 {
		t.row = t.row[:0]
		if err := t.addLine(); err != nil {
			return nil, 0, err
		}
	}
	line = t.lines
	for at, more := 0, true; more; {
		if at, more, err = t.cell(at, line); err != nil {
			return nil, line, err
		}
	}
	text := string(t.flat)
	cells = make([]string, len(t.ends))
	start := 0
	for i, end := range t.ends {
		cells[i] = text[start:end]
		start = end
	}
	return cells, line, nil
}

// cell reads the cell that begins at a byte of the row. It returns where the next one begins, if there is one.
func (t *Table) cell(at, line int) (next int, more bool, err error) {
	if at < len(t.row) && t.row[at] == '"' {
		return t.quoted(at+1, line)
	}
	rest := trimLineEnd(t.row[at:])
	length := bytes.IndexByte(rest, t.delimiter)
	if more = length >= 0; !more {
		length = len(rest)
	}
	if bytes.IndexByte(rest[:length], '\r') >= 0 {
		return 0, false, &RowError{line, "a carriage return without a line feed, outside quotes"}
	}
	t.flat = append(t.flat, rest[:length]...)
	t.ends = append(t.ends, len(t.flat))
	return at + length + 1, more, nil
}

// quoted reads the rest of a cell after its opening quote.
func (t *Table) quoted(at, line int) (next int, more bool, err error) {
	for {
		length := bytes.IndexByte(t.row[at:], '"')
		if length < 0 {
			t.flat = append(t.flat, t.row[at:]...)
			at = len(t.row)
			if err := t.addLine(); errors.Is(err, io.EOF) {
				return 0, false, &RowError{line, fmt.Sprintf("a quote is never closed: the row goes on to line %d, the last", t.lines)}
			} else if err != nil {
				return 0, false, err
			}
			continue
		}
		t.flat = append(t.flat, t.row[at:at+length]...)
		at += length + 1
		if at == len(t.row) || t.row[at] != '"' {
			break
		}
		t.flat = append(t.flat, '"')
		at++
	}
	t.ends = append(t.ends, len(t.flat))
	rest := t.row[at:]
	if len(rest) > 0 && rest[0] == t.delimiter {
		return at + 1, true, nil
	}
	if len(trimLineEnd(rest)) > 0 {
		return 0, false, &RowError{line, "text after a closing quote; a quote inside a quoted cell is written twice"}
	}
	return at, false, nil
}

// addLine appends a line, with its end, to the row.
func (t *Table) addLine() error {
	before := len(t.row)
	for {
		part, err := t.r.ReadSlice('\n')
		if len(t.row)+len(part) > MaxRow {
			return fmt.Errorf("line %d: a row longer than %d MiB (is a closing quote missing?)", t.lines+1, MaxRow>>20)
		}
		t.row = append(t.row, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(t.row) == before:
			return io.EOF
		case err != nil && !errors.Is(err, io.EOF):
			return err
		}
		t.lines++
		return nil
	}
}

// trimLineEnd removes one line feed, or carriage return and line feed, from the end.
func trimLineEnd(line []byte) []byte {
	line, found := bytes.CutSuffix(line, []byte("\n"))
	if found {
		line, _ = bytes.CutSuffix(line, []byte("\r"))
	}
	return line
}
