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

// Serve answers requests on the listener until ctx is done, and then finishes what it has taken: /readyz turns to 503, after
// ShutdownDelay no connection is taken any more, and what is under way has ShutdownTimeout to end. certificate nil is plain HTTP.
// The error is nil unless a request was cut off or the listener failed.
func (s *Server) Serve(ctx context.Context, listener net.Listener, certificate *tls.Certificate) error {
	server := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: s.settings.ReadTimeout,
		WriteTimeout:      s.settings.ReadTimeout + s.settings.RequestTimeout + time.Minute, // for a client that does not read
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(s.settings.Log.Handler(), slog.LevelDebug), // clients' faults, such as a broken handshake
	}
	failed := make(chan error, 1)
	go func() {
		if certificate != nil {
			server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12}
			failed <- server.ServeTLS(listener, "", "")
			return
		}
		failed <- server.Serve(listener)
	}()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
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
