// Package modelserver says how an OpenAI-compatible server is reached: its address, its key, and how much of an answer is read.
// It asks nothing.
package modelserver

import (
	"io"
	"net/http"

	"github.com/openai/openai-go/v3/option"
)

// Options are those of a service of the official client. key is "" for a server that wants none. No more than maxBody bytes of a response are
// read, so that a broken server cannot fill the memory. A service, unlike the client, takes nothing from the environment: neither another key
// nor another address.
func Options(baseURL, key string, maxBody int64) []option.RequestOption {
	options := []option.RequestOption{option.WithBaseURL(baseURL), option.WithMiddleware(bounded(maxBody))}
	if key != "" {
		options = append(options, option.WithAPIKey(key))
	}
	return options
}

// bounded cuts a response off.
func bounded(maxBody int64) option.Middleware {
	return func(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
		res, err := next(r)
		if res != nil && res.Body != nil {
			body := res.Body
			res.Body = struct {
				io.Reader
				io.Closer
			}{io.LimitReader(body, maxBody), body}
		}
		return res, err
	}
}
