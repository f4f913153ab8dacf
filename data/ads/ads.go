// Package ads reads job ads from plain text, JSON lines, CSV and Parquet, one after the other, so that a file may be larger than memory.
// It does not split an ad into sentences (data/jobad does) and reads no labelled data (data/corpus does).
package ads

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"skillspace/data/corpus"
)

// Ad is one job ad.
type Ad struct {
	ID   string // from the row, else the file's name, with :LINE for a row of it
	Text string // as it stands in the file: byte offsets into it hold there too
}

// Format is the kind of a file.
type Format string

// The formats: a whole file of Text is one ad; of the others a row is one. Parquet is read by [StreamParquet].
const (
	Text    Format = "text"
	JSONL   Format = "jsonl"
	CSV     Format = "csv"
	Parquet Format = "parquet"
)

// Layout say what a file holds.
type Layout struct {
	Format     Format
	TextColumn string // key or column of an ad's text
	IDColumn   string // key or column of its identifier; empty: "id" where a row has one
}

// MissingColumnError means that rows have no value under a name of the layout.
type MissingColumnError struct {
	Kind    string // "column" or "key"
	Name    string
	Columns []string // the names that there are
}

// Error names the missing column and those that there are.
func (e *MissingColumnError) Error() string {
	return fmt.Sprintf("no %s %q; there are %.200s", e.Kind, e.Name, strings.Join(e.Columns, ", "))
}

// ErrUnsupported marks a kind of file that cannot be read.
var ErrUnsupported = errors.New("cannot be read")

// FormatOf tells a file's format by its name; what is neither JSON lines, CSV nor Parquet counts as text. Kinds known to be neither are an
// error that wraps ErrUnsupported and says what to do.
func FormatOf(path string) (Format, error) {
	switch ending := strings.ToLower(filepath.Ext(path)); ending {
	case ".jsonl", ".ndjson":
		return JSONL, nil
	case ".csv":
		return CSV, nil
	case ".parquet":
		return Parquet, nil
	case ".pdf", ".doc", ".docx", ".odt", ".rtf", ".xls", ".xlsx", ".zip", ".gz", ".zst", ".xz", ".bz2":
		return "", fmt.Errorf("%s: a %s file %w; convert it to text, JSON lines, CSV or Parquet", path, ending, ErrUnsupported)
	}
	return Text, nil
}

// maxText bounds a plain-text ad; a real one has a few kilobytes.
const maxText = 16 << 20

// Stream calls use with every ad of r; name stands for r in errors and identifiers. An ad that cannot be read (bad JSON, no text, not
// UTF-8, empty) is left out, counted and named. The error is use's, or of a file that cannot be read or holds no ad at all.
func Stream(ctx context.Context, name string, r io.Reader, o Layout, use func(Ad) error) (*corpus.Rejects, error) {
	rejects := &corpus.Rejects{}
	read := 0
	counted := func(ad Ad) error {
		read++
		return use(ad)
	}
	var err error
	switch o.Format {
	case Text:
		err = readText(name, r, rejects, counted)
	case JSONL:
		err = readJSONL(ctx, name, r, o, rejects, counted)
	case CSV:
		err = readCSV(ctx, name, r, o, rejects, counted)
	default:
		return nil, fmt.Errorf("read %s: unknown format %q", name, o.Format)
	}
	if err == nil && read == 0 {
		err = noAd(name, rejects)
	}
	return rejects, err
}

func noAd(name string, rejects *corpus.Rejects) error {
	if rejects.Rows == 0 {
		return fmt.Errorf("read %s: it is empty", name)
	}
	return fmt.Errorf("read %s: none of its %d rows is an ad; the first: %s", name, rejects.Rows, rejects.Named[0])
}

func readText(name string, r io.Reader, rejects *corpus.Rejects, use func(Ad) error) error {
	text, err := io.ReadAll(io.LimitReader(r, maxText+1))
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if len(text) > maxText {
		return fmt.Errorf("read %s: larger than %d MiB, too much for one ad; one ad a row goes into JSON lines or CSV", name, maxText>>20)
	}
	if strings.TrimSpace(string(text)) == "" {
		return nil
	}
	if err := check(string(text)); err != nil {
		rejects.Add(name, 1, "%v", err)
		return nil
	}
	return use(Ad{ID: name, Text: string(text)})
}

// check refuses what cannot be an ad's text.
func check(text string) error {
	switch {
	case strings.ContainsRune(text, 0):
		return errors.New("holds zero bytes: a binary file, not text")
	case !utf8.ValidString(text):
		return errors.New("not UTF-8 text")
	case strings.TrimSpace(text) == "":
		return errors.New("the text is empty")
	}
	return nil
}
