package corpus

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"skillspace/data/textfile"
)

// byteOrderMark is at the start of files from some Windows programs.
var byteOrderMark = []byte("\ufeff")

// eachLine calls use with every line that is not blank, without its line end, and with its number from 1. The
// slice is valid until use returns. A line that is too long or not UTF-8 is rejected. Memory is bounded for any
// file.
func eachLine(ctx context.Context, path string, r io.Reader, rejects *Rejects, use func(number int, line []byte) error) error {
	reader := bufio.NewReaderSize(r, 64<<10)
	var line []byte
	for number := 1; ; number++ {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		var tooLong bool
		var err error
		line, tooLong, err = readLine(reader, line[:0])
		end := errors.Is(err, io.EOF)
		if err != nil && !end {
			return fmt.Errorf("read %s:%d: %w", path, number, err)
		}
		if number == 1 {
			line = bytes.TrimPrefix(line, byteOrderMark)
		}
		text := bytes.TrimSpace(line)
		switch {
		case tooLong:
			rejects.Add(path, number, "line longer than %d bytes", maxLineBytes)
		case len(text) == 0:
		case !utf8.Valid(text):
			rejects.NotUTF8(path, number, text)
		default:
			if err := use(number, text); err != nil {
				return err
			}
		}
		if end {
			return nil
		}
	}
}

// readLine appends the next line to line. If the line is too long, readLine keeps its beginning and skips the
// rest.
func readLine(reader *bufio.Reader, line []byte) (_ []byte, tooLong bool, err error) {
	for {
		part, err := reader.ReadSlice('\n')
		if len(line)+len(part) > maxLineBytes+2 { // two bytes for the line end
			tooLong = true
		} else if !tooLong {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, tooLong, err
		}
	}
}

// maxNamed bounds the rejected rows that are named. All are counted.
const maxNamed = 20

// Rejects counts the skipped rows of a file and names the first of them.
type Rejects struct {
	Rows  int      // skipped rows
	Named []string // the first 20, each "file:line: why"

	notUTF8 []byte // some of the rows that are not UTF-8
}

// sampleBytes bounds the rejected bytes kept to guess an encoding.
const sampleBytes = 32 << 10

// NotUTF8 counts a rejected row that is not UTF-8 and keeps it for LikelyEncoding.
func (r *Rejects) NotUTF8(path string, line int, row []byte) {
	r.Add(path, line, "not UTF-8 text")
	if room := sampleBytes - len(r.notUTF8); room > 0 {
		r.notUTF8 = append(append(r.notUTF8, row[:min(len(row), room)]...), '\n')
	}
}

// LikelyEncoding returns the probable encoding of the rejected rows, or "" if they were rejected for another
// reason.
func (r *Rejects) LikelyEncoding() string {
	if r == nil || len(r.notUTF8) == 0 {
		return ""
	}
	return textfile.LikelyEncoding(r.notUTF8)
}

// Add counts one rejected row.
func (r *Rejects) Add(path string, line int, format string, args ...any) {
	r.Rows++
	if len(r.Named) < maxNamed {
		r.Named = append(r.Named, fmt.Sprintf("%s:%d: %s", path, line, fmt.Sprintf(format, args...)))
	}
}

// String returns the count and, on the lines below it, the named rows.
func (r *Rejects) String() string {
	switch {
	case r == nil || r.Rows == 0:
		return "no rows rejected"
	case r.Rows == 1:
		return "1 row rejected: " + strings.Join(r.Named, "")
	}
	lines := append([]string{fmt.Sprintf("%d rows rejected", r.Rows)}, r.Named...)
	if more := r.Rows - len(r.Named); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n  ")
}
