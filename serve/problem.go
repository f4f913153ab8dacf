package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"

	"skillspace/serve/batching"
)

// ErrorResponse is the body of every answer that is not a success.
type ErrorResponse struct {
	Error Problem `json:"error"`
}

// Problem says what is wrong, for programs (Code), people (Message) and forms (Field).
type Problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Field   string `json:"field,omitempty"` // of the request, such as ads[2].text
}

// httpProblem is a Problem with what goes beside it.
type httpProblem struct {
	Problem
	status     int
	retryAfter int   // seconds, 0 for no header
	cause      error // for the log
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

// invalid says that a field of a request cannot be used.
func invalid(field, format string, args ...any) *httpProblem {
	return problem(http.StatusBadRequest, "invalid_request", field, format, args...)
}

// statusClientGone marks in log and metrics what a client did not wait for; nothing is sent. The number is nginx's.
const statusClientGone = 499

// problemOf maps errors of the layers below to answers.
func problemOf(err error) *httpProblem {
	var known *httpProblem
	var full *batching.FullError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &full):
		return retryProblem(http.StatusTooManyRequests, "queue_full", int(math.Ceil(full.RetryAfter.Seconds())), "too much is waiting; try again later")
	case errors.Is(err, batching.ErrTooLarge):
		return problem(http.StatusRequestEntityTooLarge, "too_many_tokens", "", "the request has more tokens than the queue holds; send it in parts")
	case errors.Is(err, batching.ErrClosed):
		return retryProblem(http.StatusServiceUnavailable, "stopping", 5, "the server is stopping")
	case errors.Is(err, context.DeadlineExceeded):
		return problem(http.StatusGatewayTimeout, "timeout", "", "the request was not done in time")
	case errors.Is(err, context.Canceled):
		return problem(statusClientGone, "client_gone", "", "the client did not wait")
	}
	p := problem(http.StatusInternalServerError, "internal", "", "an internal error, which the server's log tells of")
	p.cause = err
	return p
}

// fail answers a request with an error, and notes it for the log.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	note(r, p)
	if p.status == statusClientGone {
		if recorder, ok := w.(*recorder); ok {
			recorder.status = statusClientGone
		}
		return
	}
	writeProblem(w, p)
}

func writeProblem(w http.ResponseWriter, p *httpProblem) {
	if p.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	writeJSON(w, p.status, ErrorResponse{p.Problem})
}

// writeJSON writes a value. That a client is gone is no fault of the server, so errors of the line are left.
func writeJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("encode response: %v", err)) // a bug: every response is a struct of ours
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)+1))
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}
