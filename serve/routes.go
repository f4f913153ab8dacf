package serve

import (
	"context"
	"net/http"
)

// route is a method and a path.
type route struct {
	method, path string
	handler      http.Handler
	page         bool // a file of the page at /
}

// pattern returns the route in the form of http.ServeMux.
func (r route) pattern() string {
	if r.path == "/" {
		return r.method + " /{$}"
	}
	return r.method + " " + r.path
}

// routes lists everything that is served. openapi.json describes all of it except the files of the page.
func (s *Server) routes() []route {
	routes := []route{
		{method: "POST", path: "/v1/extract", handler: s.api((*service).extract)},
		{method: "POST", path: "/v1/embed", handler: s.api((*service).embed)},
		{method: "POST", path: "/v1/embeddings", handler: s.api((*service).embed)}, // the path that OpenAI's clients use
		{method: "POST", path: "/v1/rank", handler: s.api((*service).rank)},
		{method: "POST", path: "/rerank", handler: s.api((*service).rerank)},          // the path of text-embeddings-inference
		{method: "POST", path: "/v2/rerank", handler: s.api((*service).rerankCohere)}, // the path that Cohere's clients use
		{method: "GET", path: "/v1/models", handler: s.api((*service).models)},        // the path that OpenAI's clients use
		{method: "GET", path: "/v1/skills", handler: s.api((*service).skills)},
		{method: "GET", path: "/v1/model", handler: s.api((*service).model)},
		{method: "GET", path: "/openapi.json", handler: http.HandlerFunc(openAPI)},
	}
	for _, r := range s.probeRoutes() {
		if r.path != "/metrics" || !s.separateMetrics {
			routes = append(routes, r)
		}
	}
	return append(routes, pageRoutes()...)
}

// probeRoutes lists what operators ask for.
func (s *Server) probeRoutes() []route {
	return []route{
		{method: "GET", path: "/healthz", handler: answer(s.healthz)},
		{method: "GET", path: "/readyz", handler: answer(s.readyz)},
		{method: "GET", path: "/metrics", handler: s.metrics.handler()},
	}
}

func mux(routes []route) http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes {
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
			fail(w, r, problem(http.StatusMethodNotAllowed, "method_not_allowed", "", "the method %s is not allowed here; use %s", r.Method, refusal.header.Get("Allow")))
			return
		}
		fail(w, r, problem(http.StatusNotFound, "not_found", "", "there is nothing at this path; /openapi.json lists the paths"))
	})
}

// headersOnly keeps the status and the headers of a response.
type headersOnly struct {
	header http.Header
	status int
}

func (h *headersOnly) Header() http.Header { return h.header }

func (h *headersOnly) WriteHeader(status int) { h.status = status }

func (h *headersOnly) Write(p []byte) (int, error) { return len(p), nil }

// answer makes a handler of a function that returns a JSON value or an error.
func answer(f func(w http.ResponseWriter, r *http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		value, err := f(w, r)
		if err != nil {
			fail(w, r, err)
			return
		}
		if large, ok := value.(streamed); ok {
			send(w, r, large)
			return
		}
		writeJSON(w, http.StatusOK, value)
	})
}

// call is a request to /v1/ with what its handler needs besides the model.
type call struct {
	*http.Request
	body     []byte
	settings Settings
	held     *reservation
}

// api handles a request to /v1/: it checks the token, reads the body, takes a slot, and calls f with a limit of time.
//
// The body is read before a slot is taken, so that clients who send slowly hold no slot.
func (s *Server) api(f func(*service, call) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		held := s.memory.reserve()
		defer held.release() // after the answer is written
		answer(func(w http.ResponseWriter, r *http.Request) (any, error) {
			body, err := s.receive(w, r, held)
			if err != nil {
				return nil, err
			}
			select {
			case s.slots <- struct{}{}:
				defer func() { <-s.slots }()
			default:
				return nil, retryProblem(http.StatusTooManyRequests, "too_many_requests", 1, "the server has %d requests under way, which is its limit; try again later", cap(s.slots))
			}
			ctx, cancel := context.WithTimeout(r.Context(), s.settings.RequestTimeout)
			defer cancel()
			value, err := f(s.loaded.Load(), call{r.WithContext(ctx), body, s.settings, held})
			// The time left is for encoding and sending the answer. A client may read as slowly as it may send.
			deadline, _ := ctx.Deadline()
			_ = http.NewResponseController(w).SetWriteDeadline(deadline.Add(s.settings.ReadTimeout))
			return value, err
		}).ServeHTTP(w, r)
	})
}

// receive checks a request to /v1/ and returns its body.
func (s *Server) receive(w http.ResponseWriter, r *http.Request, held *reservation) ([]byte, error) {
	reader := newBodyReader(w, r, s.settings.ReadTimeout)
	body, err := func() ([]byte, error) {
		if err := s.authorised(w, r); err != nil {
			return nil, err
		}
		if s.loaded.Load() == nil {
			return nil, retryProblem(http.StatusServiceUnavailable, "loading", 5, "the model is being loaded")
		}
		if r.Method != http.MethodPost {
			return nil, nil
		}
		if err := checkBody(r, s.settings.MaxBodyBytes); err != nil {
			return nil, err
		}
		return reader.readAll(s.settings.MaxBodyBytes, held)
	}()
	if err != nil && !reader.drain() {
		w.Header().Set("Connection", "close")
	}
	return body, err
}
