package taxonomy

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// table is one CSV file, its columns found by name.
type table struct {
	path    string
	columns map[string]int
	rows    []row
}

// row is one record and the line on which it begins.
type row struct {
	line   int
	fields []string
}

// readTable reads a CSV file of a source and checks that it has the wanted columns. Rows may be shorter or longer than the header.
func readTable(s *source, name string, wanted ...string) (*table, error) {
	path, text, err := s.read(name)
	if err != nil {
		return nil, err
	}
	return parseTable(path, text, ',', wanted...)
}

// clean removes the byte order mark and makes every line end a line feed. Old files have lone carriage returns.
func clean(text []byte) []byte {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
}

// parseTable parses CSV text whose cells are divided by comma.
func parseTable(path string, text []byte, comma rune, wanted ...string) (*table, error) {
	if err := checkUTF8(path, text); err != nil {
		return nil, err
	}
	reader := csv.NewReader(bytes.NewReader(text))
	reader.Comma = comma
	reader.FieldsPerRecord = -1 // rows of the official hierarchy file end before their empty cells
	header, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: empty file, want a header with %s", path, strings.Join(wanted, ", "))
	}
	if err != nil {
		return nil, syntaxError(path, err)
	}
	t := &table{path: path, columns: make(map[string]int, len(header))}
	for i, name := range header {
		name = strings.TrimSpace(name)
		if _, twice := t.columns[name]; twice && name != "" {
			return nil, fmt.Errorf("%s:1: column %q appears twice", path, name)
		}
		t.columns[name] = i
	}
	if err := t.require(wanted); err != nil {
		return nil, err
	}
	for {
		fields, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, syntaxError(path, err)
		}
		line, _ := reader.FieldPos(0)
		t.rows = append(t.rows, row{line: line, fields: fields})
	}
}

// require names every wanted column that the header lacks.
func (t *table) require(wanted []string) error {
	var missing []string
	for _, name := range wanted {
		if _, ok := t.columns[name]; !ok {
			missing = append(missing, name)
		}
	}
	switch len(missing) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("%s:1: missing column %q", t.path, missing[0])
	}
	return fmt.Errorf("%s:1: missing columns %q", t.path, missing)
}

// filled returns the rows with a cell that is not blank. The others, such as rows of commas, are counted.
func (t *Taxonomy) filled(table *table) []row {
	filled := make([]row, 0, len(table.rows))
	for _, r := range table.rows {
		if blank(r) {
			t.findings.note(&t.findings.BlankRows, "%s:%d: a row without a value: left out", table.path, r.line)
			continue
		}
		filled = append(filled, r)
	}
	return filled
}

// blank reports whether a row has no value.
func blank(r row) bool {
	return !slices.ContainsFunc(r.fields, func(cell string) bool { return strings.TrimSpace(cell) != "" })
}

// get returns a cell without white space at its ends, "" where the row is too short or the file lacks the column.
func (t *table) get(r row, column string) string {
	i, ok := t.columns[column]
	if !ok || i >= len(r.fields) {
		return ""
	}
	return strings.TrimSpace(r.fields[i])
}

// errorf is an error that begins with file and line.
func (t *table) errorf(r row, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", t.path, r.line, fmt.Errorf(format, args...))
}

// checkUTF8 names the first line that is not UTF-8.
func checkUTF8(path string, text []byte) error {
	if utf8.Valid(text) {
		return nil
	}
	line := 0
	for part := range bytes.Lines(text) {
		line++
		if !utf8.Valid(part) {
			break
		}
	}
	return fmt.Errorf("%s:%d: not UTF-8 text", path, line)
}

// syntaxError puts a CSV error into the form file:line: why.
func syntaxError(path string, err error) error {
	if syntax, ok := errors.AsType[*csv.ParseError](err); ok {
		if syntax.StartLine != syntax.Line {
			return fmt.Errorf("%s:%d: %w (the row began on line %d)", path, syntax.Line, syntax.Err, syntax.StartLine)
		}
		return fmt.Errorf("%s:%d: %w", path, syntax.Line, syntax.Err)
	}
	return fmt.Errorf("%s: %w", path, err)
}
