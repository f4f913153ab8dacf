// Package modelserver holds the options to reach an OpenAI-compatible server: its address, its key and a limit of
// the response size. It sends no requests.
package modelserver

import (
	"io"
	"net/http"

	"github.com/openai/openai-go/v3/option"
)

// Options returns the options of a service of the official client. key is "" for a server without one. At most
// maxBody bytes of a response are read, so that a broken server cannot fill the memory. Unlike the client, a
// service takes no key or address from the environment.
func Options(baseURL, key string, maxBody int64) []option.RequestOption {
	options := []option.RequestOption{option.WithBaseURL(baseURL), option.WithMiddleware(bounded(maxBody))}
	if key != "" {
		options = append(options, option.WithAPIKey(key))
	}
	return options
}

// bounded limits the size of a response.
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
