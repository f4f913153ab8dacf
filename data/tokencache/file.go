package tokencache

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"math"
)

// A file is little-endian. It holds the magic, the key, the number of texts (8 bytes), the number of ids (8
// bytes), the number of ids of each text (4 bytes each), the ids of all texts in order (4 bytes each) and the
// CRC-32C of all these bytes (4 bytes).
const (
	magic       = "skillspace tokens 1\n"
	headerSize  = len(magic) + sha256.Size + 16
	trailerSize = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errDamaged = errors.New("damaged")

func encodeFile(w io.Writer, key [sha256.Size]byte, ids [][]int32) error {
	total := 0
	for _, row := range ids {
		total += len(row)
	}
	crc := crc32.New(castagnoli)
	buffered := bufio.NewWriterSize(io.MultiWriter(w, crc), 1<<16)
	buffered.WriteString(magic)
	buffered.Write(key[:])
	number := make([]byte, 0, 8)
	buffered.Write(binary.LittleEndian.AppendUint64(number, uint64(len(ids))))
	buffered.Write(binary.LittleEndian.AppendUint64(number, uint64(total)))
	for _, row := range ids {
		buffered.Write(binary.LittleEndian.AppendUint32(number, uint32(len(row))))
	}
	for _, row := range ids {
		for _, id := range row {
			buffered.Write(binary.LittleEndian.AppendUint32(number, uint32(id)))
		}
	}
	if err := buffered.Flush(); err != nil { // the writer keeps the first error of the writes above
		return err
	}
	_, err := w.Write(binary.LittleEndian.AppendUint32(number, crc.Sum32()))
	return err
}

// decode reads a file of size bytes. The file must belong to key and hold texts rows of ids below vocabulary.
// Allocations are bounded by size.
func decode(r io.Reader, size int64, key [sha256.Size]byte, texts, vocabulary int) ([][]int32, error) {
	total, err := sizeOfIDs(size, texts)
	if err != nil {
		return nil, err
	}
	d := &decoder{in: bufio.NewReaderSize(r, 1<<16), crc: crc32.New(castagnoli)}
	header := make([]byte, headerSize)
	if err := d.read(header); err != nil {
		return nil, err
	}
	switch {
	case string(header[:len(magic)]) != magic:
		return nil, fmt.Errorf("%w: not a file of token ids", errDamaged)
	case !bytes.Equal(header[len(magic):len(magic)+sha256.Size], key[:]):
		return nil, fmt.Errorf("%w: of other texts", errDamaged)
	case binary.LittleEndian.Uint64(header[headerSize-16:]) != uint64(texts), binary.LittleEndian.Uint64(header[headerSize-8:]) != uint64(total):
		return nil, fmt.Errorf("%w: %d bytes do not fit its numbers of texts and ids", errDamaged, size)
	}
	lengths, err := d.numbers(texts, int32(min(total, math.MaxInt32)))
	if err != nil {
		return nil, err
	}
	ids, err := d.numbers(total, int32(min(vocabulary-1, math.MaxInt32)))
	if err != nil {
		return nil, err
	}
	sum := d.crc.Sum32()
	trailer := make([]byte, trailerSize)
	if err := d.read(trailer); err != nil {
		return nil, err
	}
	if binary.LittleEndian.Uint32(trailer) != sum {
		return nil, fmt.Errorf("%w: wrong checksum", errDamaged)
	}
	return split(ids, lengths)
}

// sizeOfIDs returns how many ids a file of size bytes with that many texts holds.
func sizeOfIDs(size int64, texts int) (int, error) {
	rest := size - int64(headerSize) - trailerSize - 4*int64(texts)
	if rest < 0 || rest%4 != 0 {
		return 0, fmt.Errorf("%w: %d bytes cannot hold %d texts", errDamaged, size, texts)
	}
	return int(rest / 4), nil
}

// split cuts ids into rows of the given lengths.
func split(ids, lengths []int32) ([][]int32, error) {
	rows := make([][]int32, len(lengths))
	for i, n := range lengths {
		if int(n) > len(ids) {
			return nil, fmt.Errorf("%w: text %d has more ids than are left", errDamaged, i)
		}
		rows[i], ids = ids[:n:n], ids[n:]
	}
	if len(ids) > 0 {
		return nil, fmt.Errorf("%w: %d ids belong to no text", errDamaged, len(ids))
	}
	return rows, nil
}

// decoder reads bytes and updates the checksum.
type decoder struct {
	in  io.Reader
	crc hash.Hash32
}

func (d *decoder) read(p []byte) error {
	if _, err := io.ReadFull(d.in, p); err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	d.crc.Write(p)
	return nil
}

// numbers reads n numbers from 0 to most.
func (d *decoder) numbers(n int, most int32) ([]int32, error) {
	all := make([]int32, n)
	block := make([]byte, 1<<14)
	for at := 0; at < n; {
		part := block[:min(len(block), 4*(n-at))]
		if err := d.read(part); err != nil {
			return nil, err
		}
		for ; len(part) > 0; part = part[4:] {
			value := binary.LittleEndian.Uint32(part)
			if value > uint32(most) {
				return nil, fmt.Errorf("%w: %d is above %d", errDamaged, value, most)
			}
			all[at] = int32(value)
			at++
		}
	}
	return all, nil
}
