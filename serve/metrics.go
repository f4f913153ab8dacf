package serve

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"skillspace/serve/batching"
)

// metrics are the metrics at /metrics.
type metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	rejected  *prometheus.CounterVec
	inFlight  prometheus.Gauge
	tokens    prometheus.Counter
	cuts      prometheus.Counter
	batches   prometheus.Histogram
	passes    prometheus.Histogram
	waits     prometheus.Histogram

	connections        prometheus.Gauge
	refusedConnections *prometheus.CounterVec
	acceptErrors       prometheus.Counter
}

// seconds are the buckets of the histograms.
var seconds = []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "skillspace_http_requests_total",
			Help: "Requests by route and status; 499 is a client that left."}, []string{"method", "route", "status"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "skillspace_http_request_duration_seconds",
			Help: "Time from the headers of a request to the end of its answer.", Buckets: seconds}, []string{"method", "route"}),
		rejected: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "skillspace_rejected_total",
			Help: "Requests answered with an error, by its code."}, []string{"code"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "skillspace_http_requests_in_flight", Help: "Requests under way."}),
		tokens:   prometheus.NewCounter(prometheus.CounterOpts{Name: "skillspace_tokens_total", Help: "Tokens that went through the model."}),
		cuts: prometheus.NewCounter(prometheus.CounterOpts{Name: "skillspace_cuts_total",
			Help: "Texts longer than the model reads that were cut inside of a clause, or whose end was not read (/v1/embed, /v1/skills)."}),
		batches: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "skillspace_batch_tokens",
			Help: "Tokens that shared a batch.", Buckets: prometheus.ExponentialBuckets(16, 2, 12)}),
		passes: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "skillspace_batch_duration_seconds", Help: "Time of a batch in the model.", Buckets: seconds}),
		waits: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "skillspace_queue_wait_seconds",
			Help: "Longest wait of a piece of a batch.", Buckets: seconds}),
		connections: prometheus.NewGauge(prometheus.GaugeOpts{Name: "skillspace_connections", Help: "Open connections."}),
		refusedConnections: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "skillspace_connections_refused_total",
			Help: "Connections closed at once, by the limit that they exceed: total or client."}, []string{"limit"}),
		acceptErrors: prometheus.NewCounter(prometheus.CounterOpts{Name: "skillspace_accept_errors_total",
			Help: "Connections that the operating system did not hand over, for example because no file descriptor was free."}),
	}
	m.registry.MustRegister(m.requests, m.durations, m.rejected, m.inFlight, m.tokens, m.cuts, m.batches, m.passes, m.waits, m.connections, m.refusedConnections, m.acceptErrors,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.queueGauge(s, "skillspace_queue_requests", "Requests with a part that waits for a batch.", func(requests, _ int) int { return requests }),
		m.queueGauge(s, "skillspace_queue_tokens", "Tokens that wait for a batch.", func(_, tokens int) int { return tokens }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "skillspace_reserved_memory_bytes",
			Help: "Memory that the requests under way may need, by an upper estimate."}, func() float64 { return float64(s.memory.used.Load()) }))
	return m
}

// queueGauge returns a metric that reads the queue.
func (m *metrics) queueGauge(s *Server, name, help string, choose func(requests, tokens int) int) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
		if loaded := s.loaded.Load(); loaded != nil {
			return float64(choose(loaded.queue.Waiting()))
		}
		return 0
	})
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// request counts a request that is done. Its route and method are from the table of routes, so clients cannot make up series.
func (m *metrics) request(r *http.Request, status int, n *notes, took time.Duration) {
	method, route, found := strings.Cut(r.Pattern, " ")
	if !found {
		method, route = "other", "other"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.durations.WithLabelValues(method, route).Observe(took.Seconds())
	m.cuts.Add(float64(n.cuts))
	if n.problem != nil {
		m.rejected.WithLabelValues(n.problem.Code).Inc()
	}
}

// batch counts a batch that is done.
func (m *metrics) batch(r batching.BatchStats) {
	m.tokens.Add(float64(r.Tokens))
	m.batches.Observe(float64(r.Tokens))
	m.passes.Observe(r.Took.Seconds())
	m.waits.Observe(r.Waited.Seconds())
}
