package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"

	"skillspace/internal/libtorch"
	"skillspace/serve/batching"
)

// ErrorResponse is the body of every error.
type ErrorResponse struct {
	Error Problem `json:"error"`
}

// Problem describes an error to programs (Code), people (Message) and forms (Field).
type Problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Field   string `json:"field,omitempty"` // of the request, such as ads[2].text
}

// httpProblem is a Problem as an error, with its status and headers.
type httpProblem struct {
	Problem
	status     int
	retryAfter int   // seconds; 0: no header
	cause      error // goes to the log only
}

// Error returns the message.
func (p *httpProblem) Error() string { return p.Message }

// Unwrap returns the cause.
func (p *httpProblem) Unwrap() error { return p.cause }

func problem(status int, code, field, format string, args ...any) *httpProblem {
	return &httpProblem{Problem: Problem{Code: code, Message: fmt.Sprintf(format, args...), Field: field}, status: status}
}

func retryProblem(status int, code string, after int, format string, args ...any) *httpProblem {
	p := problem(status, code, "", format, args...)
	p.retryAfter = after
	return p
}

// invalid refuses a field of a request.
func invalid(field, format string, args ...any) *httpProblem {
	return problem(http.StatusBadRequest, "invalid_request", field, format, args...)
}

// statusClientGone marks a request in the log and the metrics whose client has left. Nothing is sent. nginx uses the same number.
const statusClientGone = 499

// problemOf returns the answer to an error of the layers below.
func problemOf(err error) *httpProblem {
	var known *httpProblem
	var full *batching.FullError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &full):
		return retryProblem(http.StatusTooManyRequests, "queue_full", int(math.Ceil(full.RetryAfter.Seconds())), "the server has more work than it finishes in time; try again later")
	case errors.Is(err, batching.ErrTooLarge):
		return problem(http.StatusRequestEntityTooLarge, "too_many_tokens", "", "the request has more tokens than the queue holds; send it in parts")
	case errors.Is(err, batching.ErrClosed):
		return retryProblem(http.StatusServiceUnavailable, "stopping", 5, "the server is stopping")
	case errors.Is(err, context.DeadlineExceeded):
		return problem(http.StatusGatewayTimeout, "timeout", "", "the request was not done in time")
	case errors.Is(err, libtorch.ErrOutOfMemory):
		p := retryProblem(http.StatusServiceUnavailable, "out_of_memory", 5, "the server has too little memory for this request now; try again later, or send it in parts")
		p.cause = err
		return p
	case errors.Is(err, context.Canceled):
		return problem(statusClientGone, "client_gone", "", "the client has left")
	}
	p := problem(http.StatusInternalServerError, "internal", "", "an internal error; the server's log has the details")
	p.cause = err
	return p
}

// fail answers a request with an error. If the client has left, or has closed its side of the connection, it aborts the connection:
// a handler that returns without an answer would send 200 with an empty body.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	if p.status == statusClientGone {
		clientGone(w, r)
	}
	note(r, p)
	writeProblem(w, p)
}

// clientGone aborts the connection of a client that does not read its answer.
func clientGone(w http.ResponseWriter, r *http.Request) {
	note(r, problemOf(context.Canceled))
	if recorder, ok := w.(*recorder); ok {
		recorder.status = statusClientGone
	}
	panic(http.ErrAbortHandler)
}

func writeProblem(w http.ResponseWriter, p *httpProblem) {
	if p.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	writeJSON(w, p.status, ErrorResponse{p.Problem})
}

const jsonType = "application/json; charset=utf-8"

// writeJSON writes a small value.
func writeJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("encode response: %v", err)) // a bug: every response is one of our structs
	}
	w.Header().Set("Content-Type", jsonType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)+1))
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // net/http closes a connection that fails
}
