package corpus

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// record is one CSV row. Its cells are found by column name.
type record struct {
	columns map[string]int
	cells   []string
}

// get returns a cell without surrounding white space. It returns false if the file lacks the column or the row is
// too short.
func (r record) get(column string) (string, bool) {
	i, ok := r.columns[column]
	if !ok || i >= len(r.cells) {
		return "", false
	}
	return strings.TrimSpace(r.cells[i]), true
}

// eachRecord calls use with every row of a CSV file that has at least the wanted columns. A row with a syntax
// error, or with bytes that are not UTF-8, is rejected. A record that is too long stops the reading with an
// error: after an unclosed quote the rows cannot be separated.
func eachRecord(ctx context.Context, path string, r io.Reader, rejects *Rejects, wanted []string, use func(line int, r record) error) error {
	buffered := bufio.NewReader(r)
	if mark, _ := buffered.Peek(len(byteOrderMark)); string(mark) == string(byteOrderMark) {
		_, _ = buffered.Discard(len(byteOrderMark)) // cannot fail: these bytes were just peeked
	}
	bounded := &recordLimit{r: buffered, left: maxLineBytes}
	reader := csv.NewReader(bounded)
	reader.FieldsPerRecord = -1
	columns, err := readHeader(path, reader, wanted)
	if err != nil {
		return err
	}
	for {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		bounded.left = maxLineBytes
		cells, err := reader.Read()
		var syntax *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &syntax):
			rejects.Add(path, syntax.StartLine, "%v", syntax.Err)
			continue
		case err != nil:
			return fmt.Errorf("read %s: %w", path, err)
		}
		line, _ := reader.FieldPos(0)
		if !validUTF8(cells) {
			rejects.Add(path, line, "not UTF-8 text")
			continue
		}
		if err := use(line, record{columns, cells}); err != nil {
			return err
		}
	}
}

// MissingColumnError means that a file's header lacks wanted columns.
type MissingColumnError struct {
	Path             string
	Missing, Columns []string
}

// Error names the missing columns and those of the file.
func (e *MissingColumnError) Error() string {
	return fmt.Sprintf("read %s:1: missing column %s; there are %.200s", e.Path, strings.Join(e.Missing, ", "), strings.Join(e.Columns, ", "))
}

func readHeader(path string, reader *csv.Reader, wanted []string) (map[string]int, error) {
	header, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: empty file, want a header with %s", path, strings.Join(wanted, ", "))
	}
	if err != nil {
		return nil, fmt.Errorf("read %s:1: %w", path, err)
	}
	columns := make(map[string]int, len(header))
	for i, name := range header {
		columns[strings.TrimSpace(name)] = i
	}
	var missing []string
	for _, name := range wanted {
		if _, ok := columns[name]; !ok {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, &MissingColumnError{path, missing, header}
	}
	return columns, nil
}

func validUTF8(cells []string) bool {
	for _, cell := range cells {
		if !utf8.ValidString(cell) {
			return false
		}
	}
	return true
}

// recordLimit returns an error when one CSV record takes more than left bytes.
type recordLimit struct {
	r    io.Reader
	left int
}

func (l *recordLimit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("a record longer than %d bytes (is a closing quote missing?)", maxLineBytes)
	}
	n, err := l.r.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

// EachLine calls use with every line of r that is not blank, without its line end, and with its number from 1.
// The slice is valid until use returns. A line that is longer than 1 MiB or not UTF-8 is rejected. Errors name r
// as name.
func EachLine(ctx context.Context, name string, r io.Reader, rejects *Rejects, use func(number int, line []byte) error) error {
	return eachLine(ctx, name, r, rejects, use)
}
