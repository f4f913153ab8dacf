package serve

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"skillspace/serve/batching"
)

// saneID matches the request ids that are accepted from clients. They are short and harmless in a log.
var saneID = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,128}$`)

// notes are details of a request that handlers collect for the log.
type notes struct {
	id      string // of the request
	tokens  int
	cuts    int // of texts that are longer than the model reads
	problem *httpProblem
}

type notesKey struct{}

func notesOf(r *http.Request) *notes {
	if n, ok := r.Context().Value(notesKey{}).(*notes); ok {
		return n
	}
	return &notes{}
}

// requestID returns the id of a request.
func requestID(r *http.Request) string { return notesOf(r).id }

// countTokens notes the tokens of a request.
func countTokens(r *http.Request, tokens int) { notesOf(r).tokens = tokens }

// countCut notes a text that was cut inside of a clause, or whose end the model did not read.
func countCut(r *http.Request) { notesOf(r).cuts++ }

// note notes the error with which a request is answered.
func note(r *http.Request, p *httpProblem) { notesOf(r).problem = p }

// recorder records the status and the size of an answer.
type recorder struct {
	http.ResponseWriter
	status int // 0 before the headers
	bytes  int64
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap gives http.ResponseController access to the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// observe gives a request its id. When the request is done, it counts and logs it. The log never has the text of an ad.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		id := r.Header.Get("X-Request-Id")
		if !saneID.MatchString(id) {
			id = rand.Text()
		}
		w.Header().Set("X-Request-Id", id)
		if s.stopping.Load() {
			w.Header().Set("Connection", "close") // a request on a connection that is being closed would be lost
		}
		n := &notes{id: id}
		r = r.WithContext(context.WithValue(r.Context(), notesKey{}, n))
		sent := &recorder{ResponseWriter: w}
		s.metrics.inFlight.Inc()
		defer func() {
			s.metrics.inFlight.Dec()
			took := time.Since(started)
			s.metrics.request(r, sent.status, n, took)
			s.log(r, id, sent, n, took)
		}()
		next.ServeHTTP(sent, r)
	})
}

func (s *Server) log(r *http.Request, id string, sent *recorder, n *notes, took time.Duration) {
	level := slog.LevelInfo
	if r.Method == http.MethodGet && !strings.HasPrefix(r.URL.Path, "/v1/") && sent.status < 400 {
		level = slog.LevelDebug // probes, scrapes and files of the page
	}
	fields := []slog.Attr{
		slog.String("request_id", id), slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", sent.status),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000), slog.Int64("bytes", sent.bytes), slog.String("remote", r.RemoteAddr),
	}
	if n.tokens > 0 {
		fields = append(fields, slog.Int("tokens", n.tokens))
	}
	if n.cuts > 0 {
		fields = append(fields, slog.Int("cuts", n.cuts))
	}
	if p := n.problem; p != nil {
		fields = append(fields, slog.String("code", p.Code))
		if p.cause != nil {
			level = slog.LevelError
			fields = append(fields, slog.String("error", p.cause.Error()))
			if panicked, ok := errors.AsType[*batching.PanicError](p.cause); ok {
				fields = append(fields, slog.String("stack", string(panicked.Stack)))
			}
		}
	}
	s.settings.Log.LogAttrs(r.Context(), level, "request", fields...)
}

// recovered answers 500 if a handler panics.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p) // the handler aborts the connection
			}
			err := fmt.Errorf("%w", &batching.PanicError{Value: p, Stack: debug.Stack()})
			if sent, ok := w.(*recorder); ok && sent.status != 0 {
				note(r, problemOf(err))
				panic(http.ErrAbortHandler) // a part of the answer is sent, and the client must see that it is cut off
			}
			fail(w, r, err)
		}()
		next.ServeHTTP(w, r)
	})
}

// secured sets headers that restrict what a browser does with an answer.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			h.Set("Cache-Control", "no-store")
		}
		next.ServeHTTP(w, r)
	})
}

// sameOrigin refuses requests that the page of another site makes a browser send. A server on loopback often has no token.
func sameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fail(w, r, problem(http.StatusForbidden, "cross_origin", "", "requests from the page of another site are refused"))
	}))
	return protection.Handler(next)
}

// knownHost refuses requests for an unknown host. A page of another site can give its own name the address of this server (DNS
// rebinding), and the browser then takes the server for a part of that site.
//
// A server on loopback knows localhost and the configured hosts. A server on another address knows every host, unless some are
// configured. Addresses are always known, because only a name can be rebound.
func (s *Server) knownHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.loopback.Load() && len(s.settings.AllowedHosts) == 0 || s.knows(r.Host) {
			next.ServeHTTP(w, r)
			return
		}
		fail(w, r, problem(http.StatusMisdirectedRequest, "unknown_host", "", "this server does not serve the host %.200q; allowed_hosts configures more", r.Host))
	})
}

func (s *Server) knows(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if _, err := netip.ParseAddr(host); err == nil || host == "" { // HTTP/1.0 need not name a host, and no browser uses it
		return true
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost") ||
		slices.ContainsFunc(s.settings.AllowedHosts, func(allowed string) bool { return strings.EqualFold(allowed, host) })
}

// authorised compares the bearer token in constant time.
func (s *Server) authorised(w http.ResponseWriter, r *http.Request) error {
	token := *s.token.Load()
	if token == "" {
		return nil
	}
	scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare([]byte(strings.TrimSpace(given)), []byte(token)) == 1 {
		return nil
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="skillspace"`)
	return problem(http.StatusUnauthorized, "unauthorized", "", "want the header Authorization: Bearer TOKEN, with the server's token")
}
