// Package textfile reads text files as users have them: compressed or not, in any encoding, as tables with any
// delimiter. It knows nothing about what a text says.
package textfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// bufferBytes is the size of the buffers before files, and of the longest header that is looked at.
const bufferBytes = 64 << 10

// Buffer returns r with a buffer from which the other functions can look ahead.
func Buffer(r io.Reader) *bufio.Reader { return bufio.NewReaderSize(r, bufferBytes) }

var (
	gzipMagic = []byte{0x1f, 0x8b, 0x08}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
	skippable = []byte{0x2a, 0x4d, 0x18} // follows a byte 0x50 to 0x5f, before a frame of zstd
)

// Decompress returns the content of a file. Its first bytes tell whether gzip or zstd compressed it. It waits for no
// more bytes than it needs, so r may be a live pipe. Close frees the decompressor and leaves r open.
func Decompress(r *bufio.Reader) (io.ReadCloser, error) {
	first, err := r.Peek(1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(first) == 0 || first[0] != gzipMagic[0] && first[0] != zstdMagic[0] && first[0]>>4 != 5 {
		return io.NopCloser(r), nil
	}
	head, _ := r.Peek(len(zstdMagic)) // an error comes again with the first read
	switch {
	case bytes.HasPrefix(head, gzipMagic):
		content, err := gzip.NewReader(r)
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		return &compressed{content, "gzip", content.Close}, nil
	case bytes.HasPrefix(head, zstdMagic), head[0]>>4 == 5 && bytes.HasSuffix(head, skippable):
		content, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, fmt.Errorf("zstd: %w", err)
		}
		return &compressed{content, "zstd", func() error { content.Close(); return nil }}, nil
	}
	return io.NopCloser(r), nil
}

// Compressed reports whether a content from [Decompress] was compressed.
func Compressed(content io.Reader) bool {
	_, is := content.(*compressed)
	return is
}

// compressed names the compression in errors.
type compressed struct {
	io.Reader
	kind  string
	close func() error
}

func (c *compressed) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("the %s file is cut off", c.kind)
	case err != nil && !errors.Is(err, io.EOF):
		err = fmt.Errorf("damaged %s file: %w", c.kind, err)
	}
	return n, err
}

func (c *compressed) Close() error { return c.close() }
