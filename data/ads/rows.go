package ads

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"unicode/utf8"

	"skillspace/data/corpus"
	"skillspace/data/textfile"
)

// defaultID is the key or column looked for where none is named.
const defaultID = "id"

func (o Layout) id() string {
	if o.IDColumn == "" {
		return defaultID
	}
	return o.IDColumn
}

func (s *source) readJSONL(ctx context.Context, r io.Reader) error {
	rows := objectRows{source: s}
	err := corpus.EachLine(ctx, s.name, r, s.rejects, rows.row)
	return rows.result(err)
}

// objectRows takes JSON objects, one after the other.
type objectRows struct {
	*source
	read  int
	first error // of the first rejected row
}

// row takes the object with a number: the line that it is in, or its place in an array.
func (o *objectRows) row(number int, object []byte) error {
	ad, err := o.ofJSON(object)
	if err == nil {
		err = o.meaningless(string(object))
	}
	if err != nil {
		if o.first == nil {
			o.first = fmt.Errorf("%s:%d: %w", o.name, number, err)
		}
		o.rejects.Add(o.name, number, "%v", err)
		return nil
	}
	if ad.ID == "" {
		ad.ID = fmt.Sprintf("%s:%d", o.name, number)
	}
	o.read++
	return o.use(ad)
}

// result returns err, or the first row's error where no row was an ad: a missing key is then the whole file's.
func (o *objectRows) result(err error) error {
	if err == nil && o.read == 0 && o.first != nil {
		return fmt.Errorf("read %s: no row is an ad (rows: %d); the first: %w", o.name, o.rejects.Rows, o.first)
	}
	return err
}

// readJSON reads an array of objects, or objects one after the other.
func (s *source) readJSON(ctx context.Context, r *bufio.Reader) error {
	bounded := &valueLimit{r: r, left: textfile.MaxRow}
	decoder := json.NewDecoder(bounded)
	array := firstByte(r) == '['
	if array {
		if _, err := decoder.Token(); err != nil {
			return fmt.Errorf("read %s: %w", s.name, err)
		}
	}
	rows := objectRows{source: s}
	for number := 1; !array || decoder.More(); number++ {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("read %s: %w", s.name, err)
		}
		bounded.left = textfile.MaxRow
		var object json.RawMessage
		err := decoder.Decode(&object)
		switch {
		case errors.Is(err, io.EOF) && !array:
			return rows.result(nil)
		case err != nil:
			return fmt.Errorf("read %s: object %d: %w", s.name, number, err)
		case !utf8.Valid(object):
			s.rejects.NotUTF8(s.name, number, object)
			continue
		}
		if err := rows.row(number, object); err != nil {
			return err
		}
	}
	if _, err := decoder.Token(); err != nil {
		return fmt.Errorf("read %s: the array does not end: %w", s.name, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("read %s: something follows the array", s.name)
	}
	return rows.result(nil)
}

// firstByte returns the first byte that is not white space, without reading it.
func firstByte(r *bufio.Reader) byte {
	if line := bytes.TrimSpace(firstLine(r)); len(line) > 0 {
		return line[0]
	}
	return 0
}

// valueLimit ends with an error when one value takes more than left bytes.
type valueLimit struct {
	r    io.Reader
	left int
}

func (l *valueLimit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("it is longer than %d MiB", textfile.MaxRow>>20)
	}
	n, err := l.r.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

func (o Layout) ofJSON(line []byte) (Ad, error) {
	var row map[string]json.RawMessage
	if err := json.Unmarshal(line, &row); err != nil {
		return Ad{}, fmt.Errorf("not a JSON object: %w", err)
	}
	raw, found := row[o.TextColumn]
	if !found {
		return Ad{}, &MissingColumnError{"key", o.TextColumn, slices.Sorted(maps.Keys(row))}
	}
	var text *string
	if err := json.Unmarshal(raw, &text); err != nil || text == nil {
		return Ad{}, fmt.Errorf("%q is not a text", o.TextColumn)
	}
	if err := check(*text); err != nil {
		return Ad{}, err
	}
	id, err := o.jsonID(row)
	return Ad{ID: id, Text: *text}, err
}

// jsonID reads a text or a number. Only where a key was asked for is its absence an error.
func (o Layout) jsonID(row map[string]json.RawMessage) (string, error) {
	raw := row[o.id()]
	var id *string
	if json.Unmarshal(raw, &id) == nil && id != nil {
		return *id, nil
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil && number != "" {
		return number.String(), nil
	}
	if o.IDColumn != "" {
		return "", fmt.Errorf("%q is neither a text nor a number", o.IDColumn)
	}
	return "", nil
}
