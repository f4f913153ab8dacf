package safetensors

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
)

// sumKey is the metadata's entry for the CRC-32C of the whole file, in which the entry's digits count as zeros.
const sumKey, noSum = "crc32c", "00000000"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var (
	// ErrDamaged means that a file was altered after it was written.
	ErrDamaged = errors.New("its checksum does not match: it was altered or is corrupt")
	// ErrNoSum means that a file was written without a checksum.
	ErrNoSum = errors.New("it has no checksum")
)

// WriteSummed is [Write] with a checksum of the file, for [File.CheckSum]. It asks for each tensor's bytes twice.
func WriteSummed(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	metadata = maps.Clone(metadata)
	if metadata == nil {
		metadata = map[string]string{}
	}
	metadata[sumKey] = noSum
	f, err := layOut(tensors, metadata)
	if err != nil {
		return err
	}
	sum := crc32.New(castagnoli)
	if err := f.write(sum); err != nil {
		return err
	}
	copy(sumIn(f.header), fmt.Sprintf("%08x", sum.Sum32()))
	return f.write(w)
}

// CheckSum compares the file with its checksum. The error wraps [ErrDamaged] or [ErrNoSum].
func (f *File) CheckSum() error {
	header := bytes.Clone(f.mapped[:len(f.mapped)-len(f.data)])
	place := sumIn(header)
	if place == nil {
		return fmt.Errorf("safetensors %s: %w", f.Path, ErrNoSum)
	}
	claimed := string(place)
	copy(place, noSum)
	if claimed != fmt.Sprintf("%08x", crc32.Update(crc32.Checksum(header, castagnoli), castagnoli, f.data)) {
		return fmt.Errorf("safetensors %s: %w", f.Path, ErrDamaged)
	}
	return nil
}

// sumIn returns the digits of the checksum inside a header, nil if there are none.
func sumIn(header []byte) []byte {
	mark := []byte(`"` + sumKey + `":"`)
	at := bytes.Index(header, mark)
	if at < 0 || len(header) < at+len(mark)+len(noSum) {
		return nil
	}
	return header[at+len(mark):][:len(noSum)]
}
