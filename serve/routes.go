package serve

import (
	"context"
	"net/http"
)

// route is one method and path.
type route struct {
	method, path string
	handler      http.Handler
	page         bool // part of the page at /, and of no interest to programs
}

// pattern is the route as http.ServeMux reads it.
func (r route) pattern() string {
	if r.path == "/" {
		return r.method + " /{$}"
	}
	return r.method + " " + r.path
}

// routes lists everything that is served; openapi.json describes each but the page's files.
func (s *Server) routes() []route {
	return append([]route{
		{method: "POST", path: "/v1/extract", handler: s.api((*service).extract)},
		{method: "POST", path: "/v1/embed", handler: s.api((*service).embed)},
		{method: "POST", path: "/v1/embeddings", handler: s.api((*service).embed)}, // where OpenAI's clients look for it
		{method: "GET", path: "/v1/skills", handler: s.api((*service).skills)},
		{method: "GET", path: "/v1/model", handler: s.api((*service).model)},
		{method: "GET", path: "/healthz", handler: answer(s.healthz)},
		{method: "GET", path: "/readyz", handler: answer(s.readyz)},
		{method: "GET", path: "/metrics", handler: s.metrics.handler()},
		{method: "GET", path: "/openapi.json", handler: http.HandlerFunc(openAPI)},
	}, pageRoutes()...)
}

func (s *Server) mux() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.Handle(r.pattern(), r.handler)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		refusal := &headersOnly{header: http.Header{}}
		mux.ServeHTTP(refusal, r) // 404, 405 with Allow, or a redirection to a cleaned path
		if refusal.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", refusal.header.Get("Allow"))
			fail(w, r, problem(http.StatusMethodNotAllowed, "method_not_allowed", "", "%s is not allowed here; %s is", r.Method, refusal.header.Get("Allow")))
			return
		}
		fail(w, r, problem(http.StatusNotFound, "not_found", "", "there is nothing at this path; /openapi.json lists what there is"))
	})
}

// headersOnly keeps a response's status and headers.
type headersOnly struct {
	header http.Header
	status int
}

func (h *headersOnly) Header() http.Header { return h.header }

func (h *headersOnly) WriteHeader(status int) { h.status = status }

func (h *headersOnly) Write(p []byte) (int, error) { return len(p), nil }

// answer turns a function that returns a JSON value or an error into a handler.
func answer(f func(w http.ResponseWriter, r *http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		value, err := f(w, r)
		if err != nil {
			fail(w, r, err)
			return
		}
		writeJSON(w, http.StatusOK, value)
	})
}

// call is a request to /v1/ with what it needs besides the model.
type call struct {
	*http.Request
	writer   http.ResponseWriter
	settings Settings
}

// api is the way of every request to /v1/: token, a free slot, a model, a limit of time.
func (s *Server) api(f func(*service, call) (any, error)) http.Handler {
	return answer(func(w http.ResponseWriter, r *http.Request) (any, error) {
		if err := s.authorised(w, r); err != nil {
			return nil, err
		}
		select {
		case s.slots <- struct{}{}:
			defer func() { <-s.slots }()
		default:
			return nil, retryProblem(http.StatusTooManyRequests, "too_many_requests", 1, "%d requests are under way, which is the most", cap(s.slots))
		}
		loaded := s.loaded.Load()
		if loaded == nil {
			return nil, retryProblem(http.StatusServiceUnavailable, "loading", 5, "the model is being loaded")
		}
		if err := readBody(w, r, s.settings); err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(r.Context(), s.settings.RequestTimeout)
		defer cancel()
		return f(loaded, call{r.WithContext(ctx), w, s.settings})
	})
}
