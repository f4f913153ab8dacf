package summary

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"skillspace/data/ads"
	"skillspace/data/corpus"
	"skillspace/data/textfile"
)

// ReadColumns adds the rows of a file of ads: CSV, TSV, JSON lines or Parquet, the first three compressed or not. idColumn is the column with an
// ad's identifier; empty means "id" and, where a row has none, the identifier that extract-skills gives, FILE:LINE. encoding is that of text
// without a byte order mark.
func (c *Columns) ReadColumns(ctx context.Context, path, idColumn string, encoding textfile.Encoding) (*corpus.Rejects, error) {
	kind, err := ads.FormatOf(path)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read columns: %w", err)
	}
	defer file.Close()
	o := columnReader{Columns: c, path: path, id: idColumn, rejects: &corpus.Rejects{}}
	if kind == ads.Parquet {
		return o.rejects, o.parquet(ctx, file)
	}
	content, err := textfile.Decompress(textfile.Buffer(file))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	defer content.Close()
	text, _, err := textfile.Decode(textfile.Buffer(content), encoding)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	switch kind {
	case ads.JSONL:
		err = corpus.EachLine(ctx, path, text, o.rejects, o.line)
	case ads.CSV, ads.TSV:
		err = o.table(ctx, textfile.Buffer(text))
	default:
		err = fmt.Errorf("read %s: columns are read from CSV, TSV, JSON lines and Parquet", path)
	}
	return o.rejects, err
}

// columnReader reads one file.
type columnReader struct {
	*Columns
	path, id string
	rejects  *corpus.Rejects
}

func (o columnReader) idName() string {
	if o.id == "" {
		return "id"
	}
	return o.id
}

// add adds a row. A row without an identifier has FILE:LINE, unless a column was named for it.
func (o columnReader) add(line int, id string, cells []string) error {
	if id = strings.TrimSpace(id); id == "" {
		if o.id != "" {
			o.rejects.Add(o.path, line, "no %q", o.id)
			return nil
		}
		id = fmt.Sprintf("%s:%d", o.path, line)
	}
	if err := o.Add(id, cells); err != nil {
		return fmt.Errorf("%s:%d: %w", o.path, line, err)
	}
	return nil
}

func (o columnReader) table(ctx context.Context, r *bufio.Reader) error {
	wanted := slices.Clone(o.names)
	if o.id != "" {
		wanted = append(wanted, o.id)
	}
	return eachRow(ctx, o.path, r, o.rejects, wanted, func(line int, cell func(string) string) error {
		cells := make([]string, len(o.names))
		for i, name := range o.names {
			cells[i] = cell(name)
		}
		return o.add(line, cell(o.idName()), cells)
	})
}

// eachRow calls use with every row of a table, whose delimiter is found. cell returns the cell of a column, or "" where a row is too short or
// the table lacks the column. A table without the wanted columns is an error.
func eachRow(ctx context.Context, name string, r *bufio.Reader, rejects *corpus.Rejects, wanted []string, use func(line int, cell func(string) string) error) error {
	table := textfile.NewTable(r, textfile.Delimiter(textfile.Header(r), wanted...))
	at := map[string]int{}
	for header := true; ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		cells, line, err := table.Read()
		var wrong *textfile.RowError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &wrong) && !header:
			rejects.Add(name, wrong.Line, "%v", err)
			continue
		case err != nil:
			return fmt.Errorf("read %s: %w", name, err)
		}
		if header {
			header = false
			if err := findColumns(name, cells, wanted, at); err != nil {
				return err
			}
			continue
		}
		if !slices.ContainsFunc(cells, func(cell string) bool { return !utf8.ValidString(cell) }) {
			err = use(line, func(column string) string {
				if i, found := at[column]; found && i < len(cells) {
					return cells[i]
				}
				return ""
			})
		} else {
			rejects.Add(name, line, "not UTF-8 text; the setting encoding names another")
		}
		if err != nil {
			return err
		}
	}
}

// findColumns fills the places of a header's columns.
func findColumns(name string, header, wanted []string, at map[string]int) error {
	for i, column := range header {
		column = strings.TrimSpace(column)
		header[i] = column
		if _, twice := at[column]; twice && slices.Contains(wanted, column) {
			return fmt.Errorf("read %s:1: the column %q is there twice", name, column)
		}
		at[column] = i
	}
	var missing []string
	for _, column := range wanted {
		if _, found := at[column]; !found {
			missing = append(missing, column)
		}
	}
	if missing != nil {
		return &corpus.MissingColumnError{Path: name, Missing: missing, Columns: header}
	}
	return nil
}

// line adds a JSON object. A key that is not there, or null, is a cell without a value.
func (o columnReader) line(number int, text []byte) error {
	var row map[string]json.RawMessage
	if err := json.Unmarshal(text, &row); err != nil {
		o.rejects.Add(o.path, number, "not a JSON object: %v", err)
		return nil
	}
	cells := make([]string, len(o.names))
	found := false
	for i, name := range o.names {
		raw, there := row[name]
		found = found || there
		text, err := scalar(raw)
		if err != nil {
			o.rejects.Add(o.path, number, "%q %v", name, err)
			return nil
		}
		cells[i] = text
	}
	if !found {
		o.rejects.Add(o.path, number, "none of the keys %s; there are %.200s", strings.Join(o.names, ", "), strings.Join(slices.Sorted(maps.Keys(row)), ", "))
		return nil
	}
	id, err := scalar(row[o.idName()])
	if err != nil {
		o.rejects.Add(o.path, number, "%q %v", o.idName(), err)
		return nil
	}
	return o.add(number, id, cells)
}

// scalar returns a JSON text, number or truth value as a text, and "" for null and nothing.
func scalar(raw json.RawMessage) (string, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return "", nil
	}
	switch raw[0] {
	case '"':
		var text string
		err := json.Unmarshal(raw, &text)
		return text, err
	case '{', '[':
		return "", errors.New("is no single value")
	}
	return string(raw), nil
}

func (o columnReader) parquet(ctx context.Context, file *os.File) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("read %s: damaged Parquet: %v", o.path, p)
		}
	}()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("read columns: %w", err)
	}
	opened, err := ads.OpenParquet(file, info.Size())
	if err != nil {
		return fmt.Errorf("read %s: %w", o.path, err)
	}
	group, err := o.parquetGroup(opened.Schema())
	if err != nil {
		return fmt.Errorf("read %s: %w", o.path, err)
	}
	schema := parquet.NewSchema("ads", group)
	place := map[string]int{}
	for i, field := range schema.Fields() {
		place[field.Name()] = i
	}
	reader := parquet.NewReader(opened, schema)
	defer reader.Close()
	rows := make([]parquet.Row, 256)
	for number := 0; ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := reader.ReadRows(rows)
		for _, row := range rows[:n] {
			number++
			text := func(name string) string {
				i, there := place[name]
				if !there {
					return ""
				}
				return parquetText(row[i], group[name])
			}
			cells := make([]string, len(o.names))
			for i, name := range o.names {
				cells[i] = text(name)
			}
			if err := o.add(number, text(o.idName()), cells); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", o.path, err)
		}
	}
}

// parquetGroup returns the wanted columns of a schema, and the identifier's where there is one.
func (o columnReader) parquetGroup(schema *parquet.Schema) (parquet.Group, error) {
	var names []string
	fields := map[string]parquet.Node{}
	for _, field := range schema.Fields() {
		names = append(names, field.Name())
		fields[field.Name()] = field
	}
	group := parquet.Group{}
	for _, name := range append(slices.Clone(o.names), o.idName()) {
		node, found := fields[name]
		switch {
		case found && node.Leaf() && !node.Repeated():
			group[name] = node
		case found:
			return nil, fmt.Errorf("column %q does not hold one value a row", name)
		case name != "id" || o.id != "":
			return nil, fmt.Errorf("no column %q; there are %.200s", name, strings.Join(names, ", "))
		}
	}
	return group, nil
}

// parquetText returns a value as a text: dates and times as in ISO 8601, in UTC.
func parquetText(v parquet.Value, node parquet.Node) string {
	if v.IsNull() {
		return ""
	}
	logical := node.Type().LogicalType()
	if logical == nil {
		return v.String()
	}
	switch kind := logical.Value.(type) {
	case *format.DateType:
		return time.Unix(int64(v.Int32())*24*60*60, 0).UTC().Format(time.DateOnly)
	case *format.TimestampType:
		unit := kind.Unit.Value.Duration() // of one tick
		perSecond := int64(time.Second / unit)
		seconds := v.Int64() / perSecond
		return time.Unix(seconds, (v.Int64()-seconds*perSecond)*int64(unit)).UTC().Format(time.DateTime)
	}
	return v.String()
}
