package ads

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"skillspace/data/corpus"
	"skillspace/data/textfile"
)

// header is where a table's cells are.
type header struct {
	text, id int // id is -1 if there is none
	columns  int
}

func (s *source) readTable(ctx context.Context, r *bufio.Reader) error {
	delimiter := byte('\t')
	if s.Format == CSV {
		delimiter = s.delimiter(r)
	}
	table := textfile.NewTable(r, delimiter)
	h, err := s.header(table)
	if err != nil {
		return err
	}
	for {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("read %s: %w", s.name, err)
		}
		cells, line, err := table.Read()
		var row *textfile.RowError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &row):
			s.rejects.Add(s.name, row.Line, "%v", err)
			continue
		case err != nil:
			return fmt.Errorf("read %s: %w", s.name, err)
		}
		if ad, ok := s.ofTable(h, cells, line); ok {
			if err := s.use(ad); err != nil {
				return err
			}
		}
	}
}

// delimiter finds the delimiter by the header.
func (s *source) delimiter(r *bufio.Reader) byte {
	wanted := []string{s.TextColumn}
	if s.IDColumn != "" {
		wanted = append(wanted, s.IDColumn)
	}
	return textfile.Delimiter(textfile.Header(r), wanted...)
}

func (s *source) header(table *textfile.Table) (header, error) {
	names, line, err := table.Read()
	if errors.Is(err, io.EOF) {
		return header{}, nil // the file is empty
	}
	if err != nil {
		return header{}, fmt.Errorf("read %s:%d: %w", s.name, line, err)
	}
	h := header{columns: len(names)}
	for i, name := range names {
		names[i] = strings.TrimSpace(name)
	}
	if h.text, err = column(names, s.TextColumn); err == nil {
		h.id, err = column(names, s.id())
	}
	if err != nil {
		return header{}, fmt.Errorf("read %s:%d: %w", s.name, line, err)
	}
	var missing []string
	if h.text < 0 {
		missing = append(missing, s.TextColumn)
	}
	if h.id < 0 && s.IDColumn != "" {
		missing = append(missing, s.IDColumn)
	}
	if missing != nil {
		return header{}, &corpus.MissingColumnError{Path: s.name, Missing: missing, Columns: names}
	}
	return h, nil
}

// column returns the position of a name, or -1. A name that occurs twice is an error.
func column(names []string, name string) (int, error) {
	at := slices.Index(names, name)
	if at >= 0 && slices.Contains(names[at+1:], name) {
		return 0, fmt.Errorf("the column %q is there twice", name)
	}
	return at, nil
}

// ofTable returns the ad of a row. It rejects a row without one.
func (s *source) ofTable(h header, cells []string, line int) (Ad, bool) {
	if len(cells) <= h.text {
		s.rejects.Add(s.name, line, "the row is too short to have a text")
		return Ad{}, false
	}
	if more := strings.Join(cells[min(h.columns, len(cells)):], ""); more != "" {
		s.rejects.Add(s.name, line, "the row has %d cells, the header %d; a text with the delimiter in it must stand in quotes", len(cells), h.columns)
		return Ad{}, false
	}
	ad := Ad{Text: cells[h.text]}
	if h.id >= 0 && h.id < len(cells) {
		ad.ID = strings.TrimSpace(cells[h.id])
	}
	if !utf8.ValidString(ad.ID) {
		s.rejects.NotUTF8(s.name, line, []byte(ad.ID))
		return Ad{}, false
	}
	if ad.ID == "" {
		ad.ID = fmt.Sprintf("%s:%d", s.name, line)
	}
	return ad, s.check(line, ad.Text)
}
