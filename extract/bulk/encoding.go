package bulk

import (
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"

	"skillspace/extract/render"
)

// Encoding is the format of the part files and the ending of their names.
type Encoding string

// The encodings. JSON lines and Parquet hold a line or a row for each [render.Record] or [render.AdRecord]; CSV
// holds the rows of [render.CSV].
const (
	JSONL   Encoding = "jsonl"
	CSV     Encoding = "csv"
	Parquet Encoding = "parquet"
)

// partEncoder writes one part.
type partEncoder interface {
	Write(render.Result) error
	close() error
}

func newPartEncoder(e Encoding, o render.Options, w io.Writer) (partEncoder, error) {
	switch {
	case e == JSONL:
		return lines{render.NewJSONLines(w, o)}, nil
	case e == CSV:
		return lines{render.NewCSV(w, o)}, nil
	case e == Parquet && o.ByAd:
		return newRows(w, func(r render.Result) []render.AdRecord { return []render.AdRecord{o.AdRecord(r)} }), nil
	case e == Parquet:
		return newRows(w, o.Records), nil
	}
	return nil, fmt.Errorf("encoding %q is not one of jsonl, csv, parquet", e)
}

type lines struct{ render.Writer }

func (l lines) close() error { return nil }

// rows writes Parquet.
type rows[T any] struct {
	writer  *parquet.GenericWriter[T]
	records func(render.Result) []T
}

func newRows[T any](w io.Writer, records func(render.Result) []T) rows[T] {
	return rows[T]{parquet.NewGenericWriter[T](w, parquet.Compression(&parquet.Zstd)), records}
}

func (r rows[T]) Write(result render.Result) error {
	_, err := r.writer.Write(r.records(result))
	return err
}

func (r rows[T]) close() error { return r.writer.Close() }
