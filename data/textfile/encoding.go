package textfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/wlynxg/chardet"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

// Encoding is how a file's bytes stand for characters. The zero value is UTF-8.
type Encoding struct {
	Name    string // of the WHATWG Encoding Standard, such as windows-1252
	decoder encoding.Encoding
}

// utf8Name is the name of the encoding that is read as it is.
const utf8Name = "utf-8"

// FindEncoding returns the encoding with a name or label of the WHATWG Encoding Standard. Case does not count. No name
// means UTF-8.
func FindEncoding(name string) (Encoding, error) {
	if name == "" {
		return Encoding{Name: utf8Name}, nil
	}
	decoder, canonical := charset.Lookup(name)
	if decoder == nil || canonical == "replacement" {
		return Encoding{}, fmt.Errorf("unknown encoding %q; known are utf-8, utf-16le, windows-1252, iso-8859-2, gbk, gb18030, big5, shift_jis, euc-kr and the others of encoding.spec.whatwg.org", name)
	}
	return Encoding{canonical, decoder}, nil
}

// Unicode reports an encoding that has every character.
func (e Encoding) Unicode() bool { return e.decoder == nil || strings.HasPrefix(e.Name, "utf-") }

var marks = []struct {
	bytes    []byte
	encoding string
}{
	{[]byte{0xef, 0xbb, 0xbf}, utf8Name},
	{[]byte{0xff, 0xfe}, "utf-16le"},
	{[]byte{0xfe, 0xff}, "utf-16be"},
}

// Decode returns the text of r in UTF-8, and the encoding that it was in: the one that a byte order mark tells, else e.
// The mark is not part of the text. Text in UTF-8 is not checked. In other encodings, U+FFFD stands for bytes that mean
// nothing.
func Decode(r *bufio.Reader, e Encoding) (io.Reader, Encoding, error) {
	first, err := r.Peek(1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, e, err
	}
	for _, mark := range marks {
		if len(first) == 0 || first[0] != mark.bytes[0] {
			continue
		}
		if head, _ := r.Peek(len(mark.bytes)); bytes.Equal(head, mark.bytes) {
			if e, err = FindEncoding(mark.encoding); err != nil {
				return nil, e, err
			}
			_, _ = r.Discard(len(mark.bytes)) // cannot fail: these bytes were just peeked
			break
		}
	}
	if e.Name == utf8Name || e.decoder == nil {
		return r, e, nil
	}
	return transform.NewReader(r, e.decoder.NewDecoder()), e, nil
}

// Decoder returns a reader of r's text in UTF-8: [Decode] for callers that have only the name of an encoding.
func Decoder(r io.Reader, encoding string) (io.Reader, error) {
	e, err := FindEncoding(encoding)
	if err != nil {
		return nil, err
	}
	text, _, err := Decode(Buffer(r), e)
	return text, err
}

// sure is the confidence from which the detector's answer counts. Below it the detector cannot tell the one-byte
// encodings of Western Europe apart.
const sure = 0.9

// LikelyEncoding guesses the encoding of bytes that are not UTF-8, and returns its name of the WHATWG Encoding
// Standard. It returns "" for UTF-8 and where there is nothing to guess from. Use rows with other characters than
// ASCII: a few words are enough.
func LikelyEncoding(sample []byte) string {
	if wide := wideEncoding(sample); wide != "" {
		return wide
	}
	if utf8.Valid(sample) {
		return ""
	}
	guess := chardet.Detect(sample)
	for _, name := range []string{detected(guess), pairs(sample), "windows-1252"} {
		if name == "" {
			continue
		}
		e, err := FindEncoding(name)
		if err != nil || e.Unicode() {
			continue
		}
		if text, err := e.decoder.NewDecoder().Bytes(sample); err == nil && !bytes.ContainsRune(text, utf8.RuneError) {
			return e.Name
		}
	}
	return ""
}

// detected returns the encoding that the detector is sure about, or "". The encodings of the standard hold all of those
// that they replace: gbk of gb2312, windows-1252 of iso-8859-1.
func detected(guess chardet.Result) string {
	if guess.Confidence < sure {
		return ""
	}
	return strings.ToLower(guess.Encoding)
}

// pairs returns gbk for bytes that are pairs of GB2312, the common characters of GBK. The detector wants longer texts.
func pairs(sample []byte) string {
	count := 0
	for i := 0; i < len(sample); i++ {
		if sample[i] < utf8.RuneSelf {
			continue
		}
		lead := sample[i]
		symbol, character := lead >= 0xa1 && lead <= 0xa3, lead >= 0xb0 && lead <= 0xf7
		if i+1 == len(sample) || sample[i+1] < 0xa1 || sample[i+1] == 0xff || !symbol && !character {
			return ""
		}
		i++
		count++
	}
	if count == 0 {
		return ""
	}
	return "gbk"
}

// wideEncoding returns the UTF-16 encoding of bytes that have a zero in every second place, as Western text has.
func wideEncoding(sample []byte) string {
	var zeros [2]int
	for i, b := range sample {
		if b == 0 {
			zeros[i%2]++
		}
	}
	half := len(sample) / 2
	switch {
	case half < 2: // too short to tell
	case zeros[1] > half*2/3 && zeros[0] <= half/10:
		return "utf-16le"
	case zeros[0] > half*2/3 && zeros[1] <= half/10:
		return "utf-16be"
	}
	return ""
}
