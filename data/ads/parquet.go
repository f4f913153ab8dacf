package ads

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/parquet-go/parquet-go"

	"skillspace/data/corpus"
)

// StreamParquet is [Stream] of a Parquet file of size bytes. The text's column holds strings, the identifier's strings or whole numbers; both
// are at the top level and hold one value a row. Only their pages are read, in order.
func StreamParquet(ctx context.Context, name string, r io.ReaderAt, size int64, o Layout, use func(Ad) error) (rejects *corpus.Rejects, err error) {
	rejects = &corpus.Rejects{}
	fromUse := false // a panic of the caller's is not the file's fault
	defer func() {
		if p := recover(); p != nil {
			if fromUse {
				panic(p)
			}
			err = fmt.Errorf("read %s: damaged Parquet: %v", name, p)
		}
	}()
	file, err := OpenParquet(r, size)
	if err != nil {
		return rejects, fmt.Errorf("read %s: %w", name, err)
	}
	columns, err := o.parquetColumns(file.Schema())
	if err != nil {
		return rejects, fmt.Errorf("read %s: %w", name, err)
	}
	read, row := 0, 0
	for _, group := range file.RowGroups() {
		err := eachParquetRow(ctx, name, group, columns, func(cells []parquet.Value) error {
			row++
			ad, err := o.ofParquet(cells)
			if err != nil {
				rejects.Add(name, row, "%v", err)
				return nil
			}
			if ad.ID == "" {
				ad.ID = fmt.Sprintf("%s:%d", name, row)
			}
			read++
			fromUse = true
			defer func() { fromUse = false }()
			return use(ad)
		})
		if err != nil {
			return rejects, err
		}
	}
	if read == 0 {
		return rejects, (&source{name: name, rejects: rejects}).noAd()
	}
	return rejects, nil
}

// OpenParquet opens a Parquet file of size bytes. The library panics on some damaged files, so the caller recovers.
func OpenParquet(r io.ReaderAt, size int64) (*parquet.File, error) {
	if err := checkFooter(r, size); err != nil {
		return nil, err
	}
	return parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
}

// checkFooter refuses a footer longer than the file, which the library would make room for.
func checkFooter(r io.ReaderAt, size int64) error {
	const magic, end = 4, 8 // "PAR1"; the footer's length and "PAR1" again
	if size < magic+end {
		return fmt.Errorf("%d bytes are too few for a Parquet file", size)
	}
	var tail [end]byte
	if _, err := r.ReadAt(tail[:], size-end); err != nil {
		return err
	}
	if string(tail[4:]) != "PAR1" {
		return errors.New("not a Parquet file, or cut off: it does not end in PAR1")
	}
	if length := int64(binary.LittleEndian.Uint32(tail[:4])); length > size-magic-end {
		return fmt.Errorf("damaged Parquet: a footer of %d bytes in a file of %d", length, size)
	}
	return nil
}

// parquetColumns finds the places of the text and, where there is one, of the identifier.
func (o Layout) parquetColumns(schema *parquet.Schema) ([]int, error) {
	text, found := schema.Lookup(o.TextColumn)
	if !found {
		return nil, &MissingColumnError{"column", o.TextColumn, columnNames(schema)}
	}
	if text.MaxRepetitionLevel > 0 || text.Node.Type().Kind() != parquet.ByteArray {
		return nil, fmt.Errorf("column %q is %s, want one text a row", o.TextColumn, text.Node.Type().Kind())
	}
	id, found := schema.Lookup(o.id())
	kind := parquet.Kind(-1)
	if found && id.MaxRepetitionLevel == 0 {
		kind = id.Node.Type().Kind()
	}
	switch kind {
	case parquet.ByteArray, parquet.Int32, parquet.Int64:
		return []int{text.ColumnIndex, id.ColumnIndex}, nil
	}
	switch {
	case o.IDColumn == "":
		return []int{text.ColumnIndex}, nil
	case !found:
		return nil, &MissingColumnError{"column", o.IDColumn, columnNames(schema)}
	}
	return nil, fmt.Errorf("column %q is %s, want one text or whole number a row", o.IDColumn, id.Node.Type().Kind())
}

func columnNames(schema *parquet.Schema) []string {
	var names []string
	for _, field := range schema.Fields() {
		names = append(names, field.Name())
	}
	return names
}

func (o Layout) ofParquet(cells []parquet.Value) (Ad, error) {
	if cells[0].IsNull() {
		return Ad{}, fmt.Errorf("%q is null", o.TextColumn)
	}
	ad := Ad{Text: string(cells[0].ByteArray())}
	if err := check(ad.Text); err != nil {
		return Ad{}, err
	}
	if len(cells) > 1 && !cells[1].IsNull() {
		ad.ID = strings.TrimSpace(cells[1].String())
	}
	if ad.ID == "" && o.IDColumn != "" {
		return Ad{}, fmt.Errorf("%q is null", o.IDColumn)
	}
	return ad, nil
}

// eachParquetRow calls use with the cells of the columns in each row of a group; they are valid during the call.
func eachParquetRow(ctx context.Context, name string, group parquet.RowGroup, columns []int, use func([]parquet.Value) error) error {
	readers := make([]*columnReader, len(columns))
	for i, column := range columns {
		readers[i] = &columnReader{pages: group.ColumnChunks()[column].Pages()}
	}
	defer func() {
		for _, reader := range readers {
			reader.pages.Close()
		}
	}()
	cells := make([]parquet.Value, len(columns))
	for range group.NumRows() {
		if err := ctx.Err(); err != nil {
			return err
		}
		for i, reader := range readers {
			var err error
			if cells[i], err = reader.next(); err != nil {
				return fmt.Errorf("read %s: damaged Parquet: %w", name, err)
			}
		}
		if err := use(cells); err != nil {
			return err
		}
	}
	return nil
}

// columnReader reads a column's values one by one.
type columnReader struct {
	pages  parquet.Pages
	values parquet.ValueReader // of the page; nil before the first
	page   parquet.Page
	buffer [64]parquet.Value
	ready  []parquet.Value // of the buffer, those not returned yet
}

func (c *columnReader) next() (parquet.Value, error) {
	for len(c.ready) == 0 {
		if c.values != nil {
			n, err := c.values.ReadValues(c.buffer[:])
			if c.ready = c.buffer[:n]; n > 0 {
				break
			}
			if err != nil && !errors.Is(err, io.EOF) {
				return parquet.Value{}, err
			}
			parquet.Release(c.page)
		}
		page, err := c.pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return parquet.Value{}, io.ErrUnexpectedEOF // the group promised more rows
		}
		if err != nil {
			return parquet.Value{}, err
		}
		c.page, c.values = page, page.Values()
	}
	value := c.ready[0]
	c.ready = c.ready[1:]
	return value, nil
}
