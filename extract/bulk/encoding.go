package bulk

import (
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"

	"skillspace/extract/render"
)

// Encoding is the format of the part files and the ending of their names.
type Encoding string

// The encodings: a line or a row for each sentence, a [render.Record].
const (
	JSONL   Encoding = "jsonl"
	Parquet Encoding = "parquet"
)

// partEncoder writes one part.
type partEncoder interface {
	write(render.Result) error
	close() error
}

func newPartEncoder(e Encoding, filtered bool, w io.Writer) (partEncoder, error) {
	switch e {
	case JSONL:
		return lines{render.NewJSONLines(w, filtered)}, nil
	case Parquet:
		return rows{parquet.NewGenericWriter[render.Record](w, parquet.Compression(&parquet.Zstd)), filtered}, nil
	}
	return nil, fmt.Errorf("encoding %q is not one of jsonl, parquet", e)
}

type lines struct{ writer *render.JSONLines }

func (l lines) write(r render.Result) error { return l.writer.Write(r) }
func (l lines) close() error                { return nil }

type rows struct {
	writer   *parquet.GenericWriter[render.Record]
	filtered bool
}

func (r rows) write(result render.Result) error {
	_, err := r.writer.Write(result.Records(r.filtered))
	return err
}

func (r rows) close() error { return r.writer.Close() }
