package serve

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// streamed is an answer that is written piece by piece, because it can be large.
type streamed interface{ writeTo(s *stream) }

// streamBuffer is the size of the pieces. A smaller answer is sent with its length.
const streamBuffer = 64 << 10

// stream writes the JSON of an answer to a client. After an error of the connection it drops what is written.
type stream struct {
	w      http.ResponseWriter
	buffer bytes.Buffer
	sent   bool // the headers are sent
	err    error
}

// raw writes JSON text.
func (s *stream) raw(text string) {
	s.buffer.WriteString(text)
	s.spill()
}

// value writes a value as JSON.
func (s *stream) value(v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode response: %v", err)) // a bug: every response is one of our structs
	}
	s.buffer.Write(text)
	s.spill()
}

// list writes n values, separated by commas, in brackets.
func (s *stream) list(n int, element func(i int)) {
	s.raw("[")
	for i := range n {
		if s.err != nil {
			return
		}
		if i > 0 {
			s.raw(",")
		}
		element(i)
	}
	s.raw("]")
}

// spill sends a full buffer.
func (s *stream) spill() {
	if s.buffer.Len() < streamBuffer {
		return
	}
	if !s.sent {
		s.header()
	}
	s.flush()
}

func (s *stream) header() {
	s.sent = true
	s.w.Header().Set("Content-Type", jsonType)
	s.w.WriteHeader(http.StatusOK)
}

func (s *stream) flush() {
	if s.err == nil {
		_, s.err = s.w.Write(s.buffer.Bytes())
	}
	s.buffer.Reset()
}

// send writes a streamed answer. An answer that cannot be written in full aborts the connection, so that the client does not take a
// part for the whole.
func send(w http.ResponseWriter, r *http.Request, value streamed) {
	s := &stream{w: w}
	value.writeTo(s)
	s.buffer.WriteByte('\n')
	if !s.sent {
		w.Header().Set("Content-Length", strconv.Itoa(s.buffer.Len()))
		s.header()
	}
	s.flush()
	if s.err != nil {
		clientGone(w, r)
	}
}
