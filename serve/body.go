package serve

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// readBody puts a request's whole body into memory, within the limits of size and time.
func readBody(w http.ResponseWriter, r *http.Request, o Settings) error {
	if r.Method != http.MethodPost {
		return nil
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return problem(http.StatusUnsupportedMediaType, "unsupported_media_type", "", "want Content-Type: application/json")
	}
	if r.ContentLength > o.MaxBodyBytes {
		return tooLarge(o.MaxBodyBytes)
	}
	line := http.NewResponseController(w)
	_ = line.SetReadDeadline(time.Now().Add(o.ReadTimeout)) // not every kind of connection has one
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, o.MaxBodyBytes))
	var timeout net.Error
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return tooLarge(o.MaxBodyBytes)
	case errors.As(err, &timeout) && timeout.Timeout():
		w.Header().Set("Connection", "close")
		return problem(http.StatusRequestTimeout, "slow_request", "", "the body did not arrive within %v", o.ReadTimeout)
	case err != nil && r.Context().Err() != nil:
		return r.Context().Err()
	case err != nil:
		return problem(http.StatusBadRequest, "invalid_request", "", "the body cannot be read: %v", err)
	}
	// The server goes on reading, to notice when the client leaves.
	_ = line.SetReadDeadline(time.Time{})
	r.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

func tooLarge(limit int64) error {
	return problem(http.StatusRequestEntityTooLarge, "body_too_large", "", "the body has more than %d bytes", limit)
}

// decode reads the body's JSON into value, strictly: UTF-8, no unknown field, nothing behind it.
func decode(r *http.Request, value any) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return fmt.Errorf("read body: %w", err)
	}
	if !utf8.Valid(body) {
		return invalid("", "the body is not valid UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(value); err != nil {
		return decodeProblem(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return invalid("", "the body has something behind its JSON object")
	}
	return nil
}

// decodeProblem rewrites an error of encoding/json for someone who does not know Go.
func decodeProblem(err error) error {
	var known *httpProblem
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &wrongType):
		return invalid(wrongType.Field, "want %s, got %s", typeName(wrongType.Type.Kind().String()), wrongType.Value)
	case errors.As(err, &syntax):
		return invalid("", "the body is not valid JSON (at byte %d): %v", syntax.Offset, err)
	case errors.Is(err, io.EOF):
		return invalid("", "the body is empty")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return invalid("", "the body's JSON ends too early")
	}
	if name, found := strings.CutPrefix(err.Error(), "json: unknown field "); found {
		return invalid(strings.Trim(name, `"`), "there is no such field")
	}
	return invalid("", "the body cannot be read: %v", err)
}

// typeName names a Go type as JSON does.
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
