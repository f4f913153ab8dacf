package summary

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"

	"skillspace/internal/atomicfile"
)

// Format is the format of the tables.
type Format string

// The formats of tables. JSON is one array of objects.
const (
	CSV     Format = "csv"
	Parquet Format = "parquet"
	JSON    Format = "json"
)

// Summary is everything that a counter found, ready to be written.
type Summary struct {
	Title   string
	Totals  Totals
	Notes   []string // what was left out or cannot be told, in sentences
	Skills  []SkillRow
	Groups  []GroupRow
	Values  iter.Seq[ValueRow] // nil for none
	Changes []ChangeRow
	Pairs   []PairRow
	// Earlier and Later are the periods that Changes compares.
	Earlier, Later Span
	Trends         []Trend
	Settings       map[string]string // what was counted and how
}

// Write replaces the folder dir with the tables, summary.json and report.html. Tables without a row are left out.
func (s *Summary) Write(dir string, format Format) error {
	return atomicfile.ReplaceDir(dir, func(tmp string) error {
		tables := []func() error{
			func() error { return writeTable(tmp, "skills", format, slices.Values(s.Skills)) },
			func() error { return writeTable(tmp, "groups", format, slices.Values(s.Groups)) },
			func() error { return writeTable(tmp, "values", format, s.Values) },
			func() error { return writeTable(tmp, "changes", format, slices.Values(s.Changes)) },
			func() error { return writeTable(tmp, "pairs", format, slices.Values(s.Pairs)) },
			func() error { return writeFile(tmp, "report.html", s.writePage) },
			func() error { return writeFile(tmp, "summary.json", s.writeTotals) },
		}
		for _, write := range tables {
			if err := write(); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Summary) writeTotals(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(map[string]any{"title": s.Title, "totals": s.Totals, "notes": s.Notes, "settings": s.Settings})
}

// writeTable writes a file of rows; none is written without a row.
func writeTable[T any](dir, name string, format Format, rows iter.Seq[T]) error {
	if rows == nil || !hasRow(rows) {
		return nil
	}
	return writeFile(dir, name+"."+string(format), func(w io.Writer) error {
		buffered := bufio.NewWriterSize(w, 1<<20)
		write := writeCSV[T]
		switch format {
		case JSON:
			write = writeJSON[T]
		case Parquet:
			write = writeParquet[T]
		}
		if err := write(buffered, rows); err != nil {
			return err
		}
		return buffered.Flush()
	})
}

// hasRow reports whether there is a row.
func hasRow[T any](rows iter.Seq[T]) bool {
	for range rows {
		return true
	}
	return false
}

func writeParquet[T any](w io.Writer, rows iter.Seq[T]) error {
	writer := parquet.NewGenericWriter[T](w, parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(1<<18))
	waiting := make([]T, 0, 1024)
	flush := func() error {
		_, err := writer.Write(waiting)
		waiting = waiting[:0]
		return err
	}
	for row := range rows {
		if waiting = append(waiting, row); len(waiting) == cap(waiting) {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	return writer.Close()
}

// writeJSON writes an array with a row on each line.
func writeJSON[T any](w io.Writer, rows iter.Seq[T]) error {
	before := "[\n"
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	for row := range rows {
		text.Reset()
		if err := encoder.Encode(row); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s%s", before, bytes.TrimSuffix(text.Bytes(), []byte("\n"))); err != nil {
			return err
		}
		before = ",\n"
	}
	_, err := io.WriteString(w, "\n]\n")
	return err
}

func writeFile(dir, name string, write func(io.Writer) error) error {
	file, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	defer file.Close()
	if err := write(file); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return file.Close()
}

// writeCSV writes rows under a header of the names in their json tags. Fields of an embedded struct are columns too.
func writeCSV[T any](w io.Writer, rows iter.Seq[T]) error {
	writer := csv.NewWriter(w)
	if err := writer.Write(csvHeader(reflect.TypeFor[T]())); err != nil {
		return err
	}
	for row := range rows {
		if err := writer.Write(csvCells(reflect.ValueOf(&row).Elem())); err != nil {
			return err
		}
	}
	writer.Flush()
	return writer.Error()
}

func csvHeader(t reflect.Type) (names []string) {
	for field := range t.Fields() {
		if field.Anonymous {
			names = append(names, csvHeader(field.Type)...)
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

func csvCells(v reflect.Value) (cells []string) {
	for i := range v.NumField() {
		field := v.Field(i)
		switch {
		case v.Type().Field(i).Anonymous:
			cells = append(cells, csvCells(field)...)
		case field.Kind() == reflect.Float64:
			cells = append(cells, strconv.FormatFloat(field.Float(), 'g', 6, 64))
		default:
			cells = append(cells, fmt.Sprint(field.Interface()))
		}
	}
	return cells
}
