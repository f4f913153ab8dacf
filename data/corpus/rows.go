package corpus

import (
	"context"
	"io"
)

// EachLine calls use with every line of r that is not blank, without its end, and its number from 1; the slice is valid until use
// returns. A line that is longer than 1 MiB or not UTF-8 is rejected. name stands for r in errors.
func EachLine(ctx context.Context, name string, r io.Reader, rejects *Rejects, use func(number int, line []byte) error) error {
	return eachLine(ctx, name, r, rejects, use)
}

// EachRow calls use with every row of CSV with a header, its line from 1, and a look-up of its cells by column: as they stand in the
// file, and false where the header or the row lacks the column. A header without the wanted columns is an error; a row that is not
// UTF-8 or not CSV is rejected. name stands for r in errors.
func EachRow(ctx context.Context, name string, r io.Reader, rejects *Rejects, wanted []string, use func(line int, cell func(column string) (string, bool)) error) error {
	return eachRecord(ctx, name, r, rejects, wanted, func(line int, row record) error { return use(line, row.cell) })
}

func (r record) cell(column string) (string, bool) {
	i, ok := r.columns[column]
	if !ok || i >= len(r.cells) {
		return "", false
	}
	return r.cells[i], true
}
