// Package ads reads job ads from plain text, HTML, JSON, CSV and Parquet, one after the other, so that a file may be
// larger than memory. It does not split an ad into sentences (data/jobad does) and reads no labelled data (data/corpus
// does).
package ads

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"skillspace/data/corpus"
	"skillspace/data/textfile"
)

// Ad is one job ad.
type Ad struct {
	ID   string // from the row, else the file's name, with :LINE for a row of it
	Text string // as other programs read it from the file: offsets into it hold there too
}

// Layout says what a file holds.
type Layout struct {
	Format     Format
	TextColumn string            // key or column of an ad's text
	IDColumn   string            // key or column of its identifier; empty: "id" where a row has one
	Encoding   textfile.Encoding // of text without a byte order mark; the zero value is UTF-8

	decoded bool // the text was in Encoding, where U+FFFD now replaces invalid bytes
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

// maxText bounds a plain-text ad; a real one has a few kilobytes.
const maxText = 16 << 20

// source is a file that is being read.
type source struct {
	Layout
	name    string
	rejects *corpus.Rejects
	use     func(Ad) error
}

// Stream calls use with every ad of r, which gzip or zstd may have compressed. The content decides the format where the
// layout leaves it open. name is the name of r in errors and identifiers. An ad that cannot be read (bad JSON, no text,
// not UTF-8, empty) is left out, counted and named. The error is use's, or of a file that cannot be read or holds no ad
// at all. Parquet is an error that wraps ErrParquet: [StreamFile] reads it.
func Stream(ctx context.Context, name string, r io.Reader, o Layout, use func(Ad) error) (*corpus.Rejects, error) {
	read := 0
	s := source{o, name, &corpus.Rejects{}, func(ad Ad) error {
		read++
		return use(ad)
	}}
	err := s.stream(ctx, r)
	if err == nil && read == 0 {
		err = s.noAd()
	}
	return s.rejects, err
}

func (s *source) stream(ctx context.Context, r io.Reader) error {
	content, err := textfile.Decompress(textfile.Buffer(r))
	if err != nil {
		return fmt.Errorf("read %s: %w", s.name, err)
	}
	defer content.Close()
	decoded, encoding, err := textfile.Decode(textfile.Buffer(content), s.Encoding)
	if err != nil {
		return fmt.Errorf("read %s: %w", s.name, err)
	}
	s.Encoding, s.decoded = encoding, !encoding.Unicode()
	text := textfile.Buffer(decoded)
	if err := s.checkContent(text); err != nil {
		return err
	}
	s.Format = s.formatOf(text)
	return s.read(ctx, text)
}

func (s *source) read(ctx context.Context, text *bufio.Reader) error {
	switch s.Format {
	case Text, HTML:
		return s.readText(text)
	case JSONL:
		return s.readJSONL(ctx, text)
	case JSON:
		return s.readJSON(ctx, text)
	case CSV, TSV:
		return s.readTable(ctx, text)
	}
	return fmt.Errorf("read %s: unknown format %q", s.name, s.Format)
}

func (s *source) noAd() error {
	if s.rejects.Rows == 0 {
		return fmt.Errorf("read %s: it is empty", s.name)
	}
	return fmt.Errorf("read %s: no row is an ad (rows: %d); the first: %s", s.name, s.rejects.Rows, s.rejects.Named[0])
}

func (s *source) readText(r io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(r, maxText+1))
	if err != nil {
		return fmt.Errorf("read %s: %w", s.name, err)
	}
	if len(text) > maxText {
		return fmt.Errorf("read %s: larger than %d MiB, too much for one ad; one ad a row goes into JSON lines or CSV", s.name, maxText>>20)
	}
	if !utf8.Valid(text) && s.Format == HTML {
		text = declared(text)
	}
	if strings.TrimSpace(string(text)) == "" {
		return nil
	}
	if s.check(1, string(text)) {
		return s.use(Ad{ID: s.name, Text: string(text)})
	}
	return nil
}

// check reports whether a text can be an ad's. It rejects the row of a text that cannot.
func (s *source) check(line int, text string) bool {
	if !utf8.ValidString(text) && !strings.ContainsRune(text, 0) {
		s.rejects.NotUTF8(s.name, line, []byte(text))
		return false
	}
	err := check(text)
	if err == nil {
		err = s.meaningless(text)
	}
	if err != nil {
		s.rejects.Add(s.name, line, "%v", err)
	}
	return err == nil
}

// meaningless returns an error for a text with bytes that mean nothing in the encoding.
func (s *source) meaningless(text string) error {
	if s.decoded && strings.ContainsRune(text, utf8.RuneError) {
		return fmt.Errorf("holds bytes that mean nothing in %s", s.Encoding.Name)
	}
	return nil
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
