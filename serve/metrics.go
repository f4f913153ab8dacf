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

// metrics are what /metrics shows.
type metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	rejected  *prometheus.CounterVec
	inFlight  prometheus.Gauge
	tokens    prometheus.Counter
	batches   prometheus.Histogram
	passes    prometheus.Histogram
	waits     prometheus.Histogram
}

// seconds are the histograms' bounds.
var seconds = []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "skillspace_http_requests_total",
			Help: "Requests by route and status; 499 is a client that did not wait."}, []string{"method", "route", "status"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "skillspace_http_request_duration_seconds",
			Help: "Time from a request's headers to the end of its answer.", Buckets: seconds}, []string{"method", "route"}),
		rejected: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "skillspace_rejected_total",
			Help: "Requests answered with an error, by its code."}, []string{"code"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "skillspace_http_requests_in_flight", Help: "Requests under way."}),
		tokens:   prometheus.NewCounter(prometheus.CounterOpts{Name: "skillspace_tokens_total", Help: "Tokens that went through the model."}),
		batches: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "skillspace_batch_tokens",
			Help: "Tokens that shared a batch.", Buckets: prometheus.ExponentialBuckets(16, 2, 12)}),
		passes: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "skillspace_batch_duration_seconds", Help: "Time of a batch in the model.", Buckets: seconds}),
		waits: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "skillspace_queue_wait_seconds",
			Help: "Time that the first of a batch waited for it.", Buckets: seconds}),
	}
	m.registry.MustRegister(m.requests, m.durations, m.rejected, m.inFlight, m.tokens, m.batches, m.passes, m.waits,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.queueGauge(s, "skillspace_queue_requests", "Requests with a part that waits for a batch.", func(requests, _ int) int { return requests }),
		m.queueGauge(s, "skillspace_queue_tokens", "Tokens that wait for a batch.", func(_, tokens int) int { return tokens }))
	return m
}

// queueGauge reads the queue when it is asked.
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

// request counts one that is done. Routes and methods are those of the table, so that clients cannot make up series.
func (m *metrics) request(r *http.Request, status int, n *notes, took time.Duration) {
	method, route, found := strings.Cut(r.Pattern, " ")
	if !found {
		method, route = "other", "other"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.durations.WithLabelValues(method, route).Observe(took.Seconds())
	if n.problem != nil {
		m.rejected.WithLabelValues(n.problem.Code).Inc()
	}
}

// batch counts one that is done.
func (m *metrics) batch(r batching.BatchStats) {
	m.tokens.Add(float64(r.Tokens))
	m.batches.Observe(float64(r.Tokens))
	m.passes.Observe(r.Took.Seconds())
	m.waits.Observe(r.Waited.Seconds())
}
