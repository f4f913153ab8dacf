package serve

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	// A body may arrive at minBodyRate bytes a second after bodyGrace. A slower client is cut off before ReadTimeout.
	minBodyRate = 1 << 10
	bodyGrace   = 3 * time.Second

	// maxDrain bounds the bytes of a refused body that are read and dropped. A client that still sends its body does not read the
	// answer, and closing the connection would reset it before the client does.
	maxDrain = 64 << 20

	bodyChunk = 64 << 10
)

// bodyReader reads a request's body within the limits of size, time and rate.
type bodyReader struct {
	request  *http.Request
	line     *http.ResponseController
	timeout  time.Duration
	started  time.Time
	received int64
}

func newBodyReader(w http.ResponseWriter, r *http.Request, timeout time.Duration) *bodyReader {
	return &bodyReader{request: r, line: http.NewResponseController(w), timeout: timeout, started: time.Now()}
}

// Read reads with a deadline that follows the received bytes.
func (b *bodyReader) Read(p []byte) (int, error) {
	allowed := bodyGrace + time.Duration(float64(b.received)/minBodyRate*float64(time.Second))
	_ = b.line.SetReadDeadline(b.started.Add(min(allowed, b.timeout))) // not every kind of connection has deadlines
	n, err := b.request.Body.Read(p)
	b.received += int64(n)
	return n, err
}

// done ends the limit of time. The server goes on reading to notice when the client leaves.
func (b *bodyReader) done() { _ = b.line.SetReadDeadline(time.Time{}) }

// drain reads and drops the rest of the body, so that the client gets to read the answer. It reports whether the body ended. A client
// that waits for permission to send its body gets the answer at once.
func (b *bodyReader) drain() (ended bool) {
	if strings.EqualFold(b.request.Header.Get("Expect"), "100-continue") && b.received == 0 {
		return false
	}
	n, err := io.Copy(io.Discard, io.LimitReader(b, maxDrain))
	if err != nil || n == maxDrain {
		_ = b.line.SetReadDeadline(time.Now()) // net/http must not wait for the rest either
		return false
	}
	b.done()
	return true
}

// checkBody refuses a body by its headers.
func checkBody(r *http.Request, limit int64) error {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return problem(http.StatusUnsupportedMediaType, "unsupported_media_type", "", "want Content-Type: application/json")
	}
	if r.ContentLength > limit {
		return tooLarge(limit)
	}
	return nil
}

// readAll returns the whole body. It reserves memory as the bytes arrive.
func (b *bodyReader) readAll(limit int64, held *reservation) ([]byte, error) {
	body := make([]byte, 0, min(max(b.request.ContentLength, 512), bodyChunk))
	for {
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
		if err := held.growTo(bodyMemory(cap(body))); err != nil {
			return nil, err
		}
		n, err := b.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if int64(len(body)) > limit {
			return nil, tooLarge(limit)
		}
		if errors.Is(err, io.EOF) {
			b.done()
			return body, nil
		}
		if err != nil {
			return nil, b.readProblem(err)
		}
	}
}

func (b *bodyReader) readProblem(err error) error {
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return problem(http.StatusRequestTimeout, "slow_request", "",
			"the body did not arrive in time: it may take %v, and must arrive at %d bytes a second", b.timeout, minBodyRate)
	case b.request.Context().Err() != nil:
		return b.request.Context().Err()
	}
	return problem(http.StatusBadRequest, "invalid_request", "", "the body cannot be read: %v", err)
}

func tooLarge(limit int64) error {
	return problem(http.StatusRequestEntityTooLarge, "body_too_large", "", "the body has more than %d bytes; send it in parts", limit)
}

// decode reads a JSON value strictly. It refuses invalid UTF-8, unknown fields, fields in another case, duplicate fields, and text
// behind the value.
func decode(body []byte, value any) error {
	if !utf8.Valid(body) {
		return invalid("", "the body is not valid UTF-8")
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return invalid("", "the body is empty")
	}
	if err := json.Unmarshal(body, value, json.RejectUnknownMembers(true)); err != nil {
		return decodeProblem(err)
	}
	return nil
}

// decodeProblem turns an error of the JSON decoder into an answer that needs no knowledge of Go.
func decodeProblem(err error) error {
	if known, ok := errors.AsType[*httpProblem](err); ok {
		return known
	}
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		switch {
		case errors.Is(syntax, jsontext.ErrDuplicateName):
			return invalid(fieldName(syntax.JSONPointer), "is given twice")
		case errors.Is(syntax, io.ErrUnexpectedEOF):
			return invalid("", "the JSON of the body is cut off")
		}
		return invalid("", "the body is not valid JSON (at byte %d): %v", syntax.ByteOffset, syntax.Err)
	}
	if semantic, ok := errors.AsType[*json.SemanticError](err); ok {
		field := fieldName(semantic.JSONPointer)
		switch {
		case errors.Is(semantic.Err, json.ErrUnknownName):
			return invalid(field, "there is no such field")
		case semantic.GoType != nil:
			return invalid(field, "want %s, got %s", typeName(semantic.GoType.Kind().String()), kindName(semantic.JSONKind))
		}
	}
	return invalid("", "the body cannot be read: %v", err)
}

// fieldName writes a JSON pointer such as /ads/2/text as ads[2].text.
func fieldName(p jsontext.Pointer) string {
	var name strings.Builder
	for token := range p.Tokens() {
		if _, err := strconv.Atoi(token); err == nil {
			name.WriteString("[" + token + "]")
			continue
		}
		if name.Len() > 0 {
			name.WriteByte('.')
		}
		name.WriteString(token)
	}
	return name.String()
}

// typeName returns JSON's name of a kind of Go type.
func typeName(kind string) string {
	switch {
	case strings.HasPrefix(kind, "int"):
		return "a whole number"
	case strings.HasPrefix(kind, "float"):
		return "a number"
	case kind == "slice":
		return "a list"
	case kind == "struct":
		return "an object"
	}
	return "a " + kind
}

// kindName returns the name of a kind of JSON value.
func kindName(kind jsontext.Kind) string {
	switch kind {
	case 'n':
		return "null"
	case 't', 'f':
		return "a boolean"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case '{':
		return "an object"
	case '[':
		return "a list"
	}
	return "something else"
}
