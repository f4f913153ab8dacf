package ads

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"skillspace/data/textfile"
)

// StreamLines calls use exactly once for each line of r, in order: with the ad of the line's JSON object, or with the
// reason why it has none. The ad of a line that cannot be read has its identifier, else name:LINE. Blank lines count.
// The error is use's or r's.
func StreamLines(ctx context.Context, name string, r io.Reader, o Layout, use func(Ad, error) error) error {
	decoded, encoding, err := textfile.Decode(textfile.Buffer(r), o.Encoding)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	s := source{Layout: o, name: name}
	s.Encoding, s.decoded = encoding, !encoding.Unicode()
	lines := textfile.Buffer(decoded)
	var line []byte
	for number := 1; ; number++ {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		var tooLong bool
		line, tooLong, err = readLine(lines, line[:0])
		end := errors.Is(err, io.EOF)
		if err != nil && !end {
			return fmt.Errorf("read %s:%d: %w", name, number, err)
		}
		if end && len(line) == 0 {
			return nil
		}
		ad, reason := s.ofLine(line, tooLong)
		if ad.ID == "" {
			ad.ID = fmt.Sprintf("%s:%d", name, number)
		}
		if err := use(ad, reason); err != nil || end {
			return err
		}
	}
}

// readLine appends the next line to line. Of a line that is too long it keeps the beginning and skips the rest.
func readLine(r *bufio.Reader, line []byte) (_ []byte, tooLong bool, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if tooLong = tooLong || len(line)+len(part) > textfile.MaxRow+len("\r\n"); !tooLong {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, tooLong, err
		}
	}
}

// ofLine returns the ad of a line. With an error the ad has the line's identifier, where it has one.
func (s *source) ofLine(line []byte, tooLong bool) (Ad, error) {
	line = bytes.TrimSpace(line)
	switch {
	case tooLong:
		return Ad{}, fmt.Errorf("the line is longer than %d MiB", textfile.MaxRow>>20)
	case len(line) == 0:
		return Ad{}, errors.New("the line is blank")
	case !utf8.Valid(line):
		return Ad{}, s.notUTF8(line)
	}
	ad, err := s.ofJSON(line)
	if err == nil {
		err = s.meaningless(string(line))
	}
	if err == nil {
		return ad, nil
	}
	var row map[string]json.RawMessage
	if json.Unmarshal(line, &row) == nil {
		ad.ID, _ = s.jsonID(row) // err says what is wrong
	}
	return Ad{ID: ad.ID}, err
}

// notUTF8 returns an error that names the likely encoding.
func (s *source) notUTF8(line []byte) error {
	if likely := textfile.LikelyEncoding(line); likely != "" {
		return fmt.Errorf("not UTF-8 text; it seems to be in %s", likely)
	}
	return errors.New("not UTF-8 text")
}
