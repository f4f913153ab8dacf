// Package serve is the HTTP server. It serves skill extraction, embeddings, skill search, health, metrics, and the page at /. It opens
// no checkpoint and reads no flag. The model is called through package batching.
package serve

import (
	"log/slog"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"skillspace/data/taxonomy"
	"skillspace/extract"
	"skillspace/serve/batching"
)

// Settings configure a server. They have no defaults here; package config has the defaults.
type Settings struct {
	ModelName               string
	Extract                 extract.Criteria // for the values that a request does not set
	Token                   string           // bearer token that requests to /v1/ must carry; empty: none
	Limits                  batching.Limits
	MaxRequests             int // requests to /v1/ at a time
	MaxConnections          int
	MaxConnectionsPerClient int      // loopback is not limited
	AllowedHosts            []string // names that requests may have in Host, besides localhost; see knownHost
	MaxBodyBytes            int64
	MaxResponseBytes        int64         // of one response, by an upper estimate
	MaxMemoryBytes          int64         // of all requests under way: bodies, sentences and results, by an upper estimate
	ReadTimeout             time.Duration // for the headers of a request, and for its body
	RequestTimeout          time.Duration // from the end of the body to the answer
	ShutdownDelay           time.Duration // /readyz answers 503 for so long before the server closes
	ShutdownTimeout         time.Duration // for the accepted requests, after the delay
	Log                     *slog.Logger
}

// Server answers requests. Requests to /v1/ get 503 until Load provides the model.
type Server struct {
	settings Settings
	metrics  *metrics
	slots    chan struct{} // one for each request to /v1/ whose body is read
	memory   budget
	loaded   atomic.Pointer[service]
	token    atomic.Pointer[string]
	stopping atomic.Bool
	loopback atomic.Bool // the API listens on loopback only

	separateMetrics bool // another listener serves /metrics
}

// service answers the requests that need the model.
type service struct {
	extractor *extract.Extractor
	queue     *batching.Queue
	labels    *labelIndex
	groups    [][]taxonomy.Group // of each skill; nil: unknown
	since     time.Time          // when the model was loaded

	preparing  chan struct{} // one for each request that is split and tokenised: that takes a processor and much memory
	skillBytes int           // of the largest skill in a response
	groupBytes int           // of the largest list of a skill's groups in a response
}

// New returns a server without a model.
func New(s Settings) *Server {
	server := &Server{settings: s, slots: make(chan struct{}, s.MaxRequests), memory: budget{limit: s.MaxMemoryBytes}}
	server.metrics = newMetrics(server)
	server.SetToken(s.Token)
	return server
}

// Load gives the server its model and starts the workers. groups are those of each skill, or nil if they are unknown. speed is the
// model's measured speed in tokens a second; 0: unknown. The caller closes the returned queue, which finishes the accepted requests,
// before it closes the model.
func (s *Server) Load(x *extract.Extractor, groups [][]taxonomy.Group, speed float64) *batching.Queue {
	return s.load(x, groups, batching.Of(x), batching.Workers(s.settings.Limits.Workers, x), speed)
}

func (s *Server) load(x *extract.Extractor, groups [][]taxonomy.Group, m batching.Model, workers int, speed float64) *batching.Queue {
	limits := s.settings.Limits
	limits.Workers, limits.Speed = workers, speed
	queue := batching.New(m, limits, s.metrics.batch)
	s.loaded.Store(&service{extractor: x, queue: queue, labels: newLabelIndex(x.Index.Skills),
		groups: groups, since: time.Now(), groupBytes: maxGroupBytes(x.Index.Skills, groups), preparing: make(chan struct{}, runtime.GOMAXPROCS(0)), skillBytes: maxSkillBytes(x.Index.Skills)})
	return queue
}

// SetToken replaces the bearer token. Requests under way are not affected.
func (s *Server) SetToken(token string) { s.token.Store(&token) }

// Handler returns the handler of all requests.
func (s *Server) Handler() http.Handler { return s.handler(s.routes()) }

// metricsHandler returns the handler of the listener for metrics.
func (s *Server) metricsHandler() http.Handler { return s.handler(s.probeRoutes()) }

func (s *Server) handler(routes []route) http.Handler {
	return s.observe(s.recovered(secured(s.knownHost(sameOrigin(mux(routes))))))
}
