package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// maxMetricsConnections is enough for a few scrapers and probes.
const maxMetricsConnections = 16

// Listeners are what a server listens on.
type Listeners struct {
	API     net.Listener
	TLS     *tls.Config  // of API; nil: plain HTTP
	Metrics net.Listener // for /metrics, /healthz and /readyz in plain HTTP; nil: API serves /metrics
}

// Serve answers requests until ctx ends. Then /readyz answers 503, after ShutdownDelay the server accepts no connection any more, and
// the requests under way may take ShutdownTimeout. The error is nil unless a request was cut off or a listener failed.
func (s *Server) Serve(ctx context.Context, l Listeners) error {
	if tcp, ok := l.API.Addr().(*net.TCPAddr); ok {
		s.loopback.Store(tcp.IP.IsLoopback())
	}
	s.separateMetrics = l.Metrics != nil
	server := s.httpServer(s.Handler())
	server.TLSConfig = l.TLS
	failed := make(chan error, 2)
	go func() {
		accepted := newConnections(l.API, s.settings.MaxConnections, s.settings.MaxConnectionsPerClient, s.settings.Log, s.metrics)
		if l.TLS != nil {
			failed <- server.ServeTLS(accepted, "", "")
			return
		}
		failed <- server.Serve(accepted)
	}()
	if l.Metrics != nil {
		metrics := s.httpServer(s.metricsHandler())
		defer metrics.Close()
		go func() {
			failed <- metrics.Serve(newConnections(l.Metrics, maxMetricsConnections, maxMetricsConnections, s.settings.Log, s.metrics))
		}()
	}
	select {
	case err := <-failed:
		return errors.Join(fmt.Errorf("serve: %w", err), server.Close())
	case <-ctx.Done():
	}
	s.stopping.Store(true)
	s.settings.Log.Info("stopping", "delay_s", s.settings.ShutdownDelay.Seconds(), "timeout_s", s.settings.ShutdownTimeout.Seconds())
	time.Sleep(s.settings.ShutdownDelay)
	grace, cancel := context.WithTimeout(context.Background(), s.settings.ShutdownTimeout)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return errors.Join(fmt.Errorf("serve: requests were cut off after %v: %w", s.settings.ShutdownTimeout, err), server.Close())
	}
	return nil
}

func (s *Server) httpServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: s.settings.ReadTimeout,
		WriteTimeout:      2*s.settings.ReadTimeout + s.settings.RequestTimeout + time.Minute, // handlers set shorter limits
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(s.settings.Log.Handler(), slog.LevelDebug), // faults of clients, such as a broken handshake
	}
}
