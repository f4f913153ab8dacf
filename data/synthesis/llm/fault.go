package llm

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// kind says how to handle a request that failed.
type kind int

const (
	transient kind = iota // the same request may succeed later
	refused               // this request will always fail; others may succeed
	hopeless              // every request will fail until the user fixes something
)

// fault says why a request failed.
type fault struct {
	kind   kind
	status int           // HTTP status, 0 if there is none
	after  time.Duration // wait that the server asks for
	reason string
}

// Error describes the fault without the request, which may hold a key.
func (f *fault) Error() string {
	if f.status == 0 {
		return f.reason
	}
	return strings.TrimRight(fmt.Sprintf("%d %s: %s", f.status, http.StatusText(f.status), f.reason), ": ")
}

// longestWait is the longest Retry-After that is obeyed.
const longestWait = time.Hour

// statusFault classifies a response that is not 200.
func statusFault(status int, header http.Header, body []byte, now time.Time) *fault {
	reason, code := complaint(body)
	f := &fault{status: status, reason: reason, after: retryAfter(header, now)}
	switch {
	case code == "insufficient_quota" || f.after > longestWait:
		f.kind = hopeless
	case status == http.StatusInternalServerError && strings.Contains(string(body), "response_format"): // llama-cpp-python's status for "unprocessable"
		f.kind = refused
	case status == http.StatusRequestTimeout, status == http.StatusConflict, status == http.StatusTooEarly,
		status == http.StatusTooManyRequests, status >= 500 && status != http.StatusNotImplemented:
		f.kind = transient
	case status == http.StatusBadRequest, status == http.StatusUnprocessableEntity, status == http.StatusRequestEntityTooLarge,
		status == http.StatusNotImplemented:
		f.kind = refused
	default: // wrong key, no permission, unknown model or address, a redirect elsewhere
		f.kind = hopeless
	}
	return f
}

// complaint reads the message in the body of an error, shortened, and OpenAI's code for it.
func complaint(body []byte) (reason, code string) {
	var parsed struct {
		Error   json.RawMessage `json:"error"`
		Detail  json.RawMessage `json:"detail"`
		Message string          `json:"message"`
	}
	reason = string(body)
	if json.Unmarshal(body, &parsed) == nil {
		var inner struct{ Message, Code string }
		_ = json.Unmarshal(parsed.Error, &inner) // a numeric code fails here but leaves the message, which is decoded in any case
		code = inner.Code
		for _, text := range []string{inner.Message, parsed.Message, string(parsed.Error), string(parsed.Detail)} {
			if text != "" && text != "null" {
				reason = text
				break
			}
		}
	}
	return short(reason, 300), code
}

// retryAfter returns the wait that the server asks for, or 0 if it asks for none.
func retryAfter(header http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(header.Get("Retry-After-Ms"), 64); err == nil && ms >= 0 && ms < 1e12 {
		return time.Duration(ms * float64(time.Millisecond))
	}
	text := header.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds >= 0 && seconds < 1e9 {
		return time.Duration(seconds * float64(time.Second))
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// short makes a text one line of at most limit runes.
func short(text string, limit int) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " ")
	if utf8.RuneCountInString(text) > limit {
		text = strings.TrimSpace(string([]rune(text)[:limit-1])) + "…"
	}
	return text
}
