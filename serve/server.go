// Package serve is the HTTP server: extraction, embeddings, search over skills, health, metrics, and the page at /.
// It opens no checkpoint and reads no flag; the model goes through package batching.
package serve

import (
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"skillspace/extract"
	"skillspace/serve/batching"
)

// Options are a server's settings. None has a default here: config.Serve has.
type Options struct {
	ModelName       string
	Extract         extract.Criteria // where a request does not say
	Token           string           // bearer token that /v1/ asks for; empty: none
	Limits          batching.Limits
	MaxRequests     int // to /v1/ at a time
	MaxBodyBytes    int64
	ReadTimeout     time.Duration // of a request's headers, and of its body
	RequestTimeout  time.Duration // once it is read
	ShutdownDelay   time.Duration // to go on with /readyz at 503
	ShutdownTimeout time.Duration // for the requests taken, after that
	Log             *slog.Logger
}

// Server answers requests. Until Load has brought a model, those to /v1/ get 503.
type Server struct {
	options  Options
	metrics  *metrics
	slots    chan struct{} // one for each request to /v1/ that is being read, waits or is computed
	loaded   atomic.Pointer[service]
	stopping atomic.Bool
}

// service is what a loaded model brings.
type service struct {
	extractor *extract.Extractor
	queue     *batching.Queue
	labels    *labelIndex
}

// New returns a server without a model.
func New(o Options) *Server {
	s := &Server{options: o, slots: make(chan struct{}, o.MaxRequests)}
	s.metrics = newMetrics(s)
	return s
}

// Load gives the server its model and starts the workers that compute with it. unload ends them when what they have taken is done; only
// then may the model be closed.
func (s *Server) Load(x *extract.Extractor) (unload func()) {
	return s.load(x, batching.Of(x), batching.Workers(s.options.Limits.Workers, x))
}

func (s *Server) load(x *extract.Extractor, m batching.Model, workers int) (unload func()) {
	limits := s.options.Limits
	limits.Workers = workers
	queue := batching.New(m, limits, s.metrics.batch)
	s.loaded.Store(&service{extractor: x, queue: queue, labels: newLabelIndex(x.Index.Skills)})
	return queue.Close
}

// Handler returns what answers requests.
func (s *Server) Handler() http.Handler {
	return s.observe(s.recovered(secured(sameOrigin(s.mux()))))
}
