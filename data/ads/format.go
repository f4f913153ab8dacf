package ads

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"
	"golang.org/x/net/html/charset"

	"skillspace/data/textfile"
)

// Format is the kind of a file.
type Format string

// The formats: a whole file of Text or HTML is one ad; of the others a row is one. [StreamFile] reads Parquet. Auto lets
// the content decide.
const (
	Auto    Format = "auto"
	Text    Format = "text"
	HTML    Format = "html"
	JSONL   Format = "jsonl"
	JSON    Format = "json" // an array of objects, or objects one after the other
	CSV     Format = "csv"  // with a comma, a semicolon, a tab or a bar
	TSV     Format = "tsv"
	Parquet Format = "parquet"
)

var (
	// ErrUnsupported marks a kind of file that cannot be read.
	ErrUnsupported = errors.New("cannot be read")
	// ErrParquet means that a stream is Parquet, which is read from its end.
	ErrParquet = errors.New("is Parquet, which is read from its end; name a file")
)

const advice = "convert it to text, HTML, JSON lines, CSV or Parquet"

// unsupported are endings of kinds that are often taken for text.
var unsupported = []string{".pdf", ".doc", ".docx", ".odt", ".rtf", ".pages", ".xls", ".xlsx", ".ods", ".ppt", ".pptx", ".xml", ".epub", ".eml", ".msg",
	".avro", ".orc", ".feather", ".arrow", ".sqlite", ".db", ".pkl", ".zip", ".7z", ".rar", ".tar", ".tgz", ".xz", ".bz2", ".lz4"}

// FormatOf tells a file's format by its name; .gz and .zst at its end do not count. Auto means that the content will
// tell. Kinds known to be unreadable are an error that wraps ErrUnsupported and says what to do.
func FormatOf(path string) (Format, error) {
	name := strings.ToLower(filepath.Base(path))
	for _, compression := range []string{".gz", ".gzip", ".zst", ".zstd"} {
		name = strings.TrimSuffix(name, compression)
	}
	switch ending := filepath.Ext(name); ending {
	case ".jsonl", ".ndjson":
		return JSONL, nil
	case ".json":
		return JSON, nil
	case ".csv":
		return CSV, nil
	case ".tsv", ".tab":
		return TSV, nil
	case ".parquet":
		return Parquet, nil
	case ".html", ".htm", ".xhtml":
		return HTML, nil
	default:
		if slices.Contains(unsupported, ending) {
			return "", fmt.Errorf("%s: a %s file %w; %s", path, ending, ErrUnsupported, advice)
		}
	}
	return Auto, nil
}

// headBytes is how much of a file its kind is told from. It is what the library looks at.
const headBytes = 3072

// checkContent refuses a file whose first bytes are those of another kind, whatever its name says.
func (s *source) checkContent(r *bufio.Reader) error {
	firstLine(r)
	head, _ := r.Peek(min(r.Buffered(), headBytes)) // cannot fail: these bytes are there
	if bytes.HasPrefix(head, []byte("PAR1")) {
		return fmt.Errorf("read %s: it %w", s.name, ErrParquet)
	}
	if !s.decoded {
		if wide := textfile.LikelyEncoding(head); strings.HasPrefix(wide, "utf-16") {
			s.rejects.NotUTF8(s.name, 1, head)
			return fmt.Errorf("read %s: it seems to be %s without a byte order mark", s.name, wide)
		}
	}
	kind := mimetype.Detect(head)
	if named := kind.Is("application/pdf") || kind.Is("text/rtf") || kind.Is("text/xml"); !named && !controls(head) {
		return nil // a text may begin with BM or MZ, as pictures and programs do
	}
	if kind.Is("application/octet-stream") || kind.Is("text/plain") {
		return nil // its rows are checked
	}
	ending := kind.Extension()
	if kind.Is("application/x-ole-storage") {
		ending = ".doc or .xls"
	}
	return fmt.Errorf("read %s: a %s file (%s) %w; %s", s.name, ending, kind, ErrUnsupported, advice)
}

// controls reports control characters that no text has.
func controls(head []byte) bool {
	return bytes.ContainsFunc(head, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' && r != '\v' && r != 0x1b
	})
}

// formatOf returns the format, told by the content where the layout leaves it open or where lines and arrays of JSON
// are taken for each other.
func (s *source) formatOf(text *bufio.Reader) Format {
	switch s.Format {
	case Auto, JSON, JSONL:
	default:
		return s.Format
	}
	line := bytes.TrimSpace(firstLine(text))
	switch {
	case len(line) == 0:
	case line[0] == '[' && startsObject(line[1:], s.Format == Auto):
		return JSON
	case line[0] == '{' && json.Valid(line):
		return JSONL
	case line[0] == '{' && s.Format == Auto && len(line) == 1:
		return JSON
	case line[0] == '{' && s.Format == Auto && startsKey(line[1:]):
		return JSONL
	}
	switch {
	case s.Format != Auto:
		return s.Format
	case isHTML(line):
		return HTML
	case s.isTable(text):
		return CSV
	}
	return Text
}

// startsObject reports whether an array continues with an object, or ends. If in doubt, the line ends here.
func startsObject(rest []byte, auto bool) bool {
	rest = bytes.TrimSpace(rest)
	if len(rest) == 0 {
		return true
	}
	return rest[0] == '{' && (!auto || len(rest) == 1 || startsKey(rest[1:])) || rest[0] == ']' && !auto
}

func startsKey(rest []byte) bool {
	rest = bytes.TrimSpace(rest)
	return len(rest) > 0 && (rest[0] == '"' || rest[0] == '}')
}

func isHTML(line []byte) bool {
	start := strings.ToLower(string(line[:min(len(line), 16)]))
	return strings.HasPrefix(start, "<!doctype html") || strings.HasPrefix(start, "<html")
}

// isTable reports a header with the text's column and another.
func (s *source) isTable(text *bufio.Reader) bool {
	header := textfile.Header(text)
	columns, _, err := textfile.NewTable(bufio.NewReader(bytes.NewReader(header)), textfile.Delimiter(header, s.TextColumn)).Read()
	return err == nil && len(columns) > 1 && slices.ContainsFunc(columns, func(name string) bool { return strings.TrimSpace(name) == s.TextColumn })
}

// firstLine returns the first line of r that is not blank, without reading past what it has to wait for.
func firstLine(r *bufio.Reader) []byte {
	for {
		head, _ := r.Peek(r.Buffered())
		if start := bytes.IndexFunc(head, func(c rune) bool { return c > ' ' }); start >= 0 && bytes.IndexByte(head[start:], '\n') >= 0 {
			return head[:start+bytes.IndexByte(head[start:], '\n')+1]
		}
		if _, err := r.Peek(r.Buffered() + 1); err != nil {
			head, _ = r.Peek(r.Buffered())
			return head
		}
	}
}

// declared decodes HTML whose first KiB declares its encoding. Other HTML is returned as it is.
func declared(text []byte) []byte {
	head := text[:min(len(text), 1024)]
	if !bytes.Contains(bytes.ToLower(head), []byte("charset")) {
		return text
	}
	encoding, _, _ := charset.DetermineEncoding(head, "")
	if decoded, err := encoding.NewDecoder().Bytes(text); err == nil && !bytes.ContainsRune(decoded, utf8.RuneError) {
		return decoded
	}
	return text
}
