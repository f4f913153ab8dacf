package serve

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

// addressed is a connection that comes from an address.
type addressed struct {
	net.Conn
	from   string
	closed bool
}

func (a *addressed) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(a.from), 1234))
}

func (a *addressed) Close() error { a.closed = true; return nil }

// scripted is a listener that hands over the connections and errors of a list.
type scripted struct {
	net.Listener
	next []any
}

func (s *scripted) Accept() (net.Conn, error) {
	if len(s.next) == 0 {
		return nil, net.ErrClosed
	}
	first := s.next[0]
	s.next = s.next[1:]
	if err, failed := first.(error); failed {
		return nil, err
	}
	return first.(net.Conn), nil
}

func TestConnectionLimits(t *testing.T) {
	log := &lockedBuffer{}
	m := newMetrics(New(testSettings(log)))
	from := func(address string) *addressed { return &addressed{from: address} }
	refused, refusedV6, last := from("10.0.0.1"), from("2001:db8::3"), from("10.0.0.9")
	listener := &scripted{next: []any{
		from("10.0.0.1"), from("10.0.0.1"), refused, from("10.0.0.2"), // two for one address
		from("2001:db8::1"), from("2001:db8::2"), refusedV6, from("2001:db8:0:1::1"), // two for a /64 network
		from("127.0.0.1"), from("127.0.0.1"), from("127.0.0.1"), from("::1"), // loopback is not limited
		last, // the total is reached
		errors.New("too many open files"),
	}}
	l := newConnections(listener, 10, 2, slog.New(slog.NewJSONHandler(log, nil)), m)
	var open []net.Conn
	for {
		conn, err := l.Accept()
		if err != nil {
			if err.Error() != "too many open files" {
				t.Errorf("%v", err)
			}
			break
		}
		open = append(open, conn)
	}
	if len(open) != 10 || !refused.closed || !refusedV6.closed || !last.closed {
		t.Errorf("%d connections; closed: %v, %v, %v", len(open), refused.closed, refusedV6.closed, last.closed)
	}
	if text := log.String(); !strings.Contains(text, "connections are refused") {
		t.Errorf("the log does not tell: %s", text)
	}
	for _, conn := range open {
		_ = conn.Close()
		_ = conn.Close() // counts once
	}
	if l.open != 0 || len(l.clients) != 0 {
		t.Errorf("%d connections of %d clients after all are closed", l.open, len(l.clients))
	}
}

// A failure to accept is in the log and the metrics.
func TestAcceptErrors(t *testing.T) {
	log := &lockedBuffer{}
	server := New(testSettings(log))
	l := newConnections(&scripted{next: []any{errors.New("too many open files")}}, 10, 10, server.settings.Log, server.metrics)
	if _, err := l.Accept(); err == nil {
		t.Error("no error")
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	f := newTestServer(t, server)
	response, err := f.Client().Get(f.URL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text := readAll(t, response.Body)
	if !strings.Contains(log.String(), "cannot accept connections") || !strings.Contains(text, "skillspace_accept_errors_total 1\n") {
		t.Errorf("%s\n%.500s", log.String(), text)
	}
}

func TestUnknownHosts(t *testing.T) {
	f := start(t, false, func(s *Settings) { s.AllowedHosts = []string{"skills.example"} })
	status := func(host string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.URL+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		response, err := f.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		return response.StatusCode
	}
	for host, want := range map[string]int{
		"localhost": 200, "LOCALHOST:8080": 200, "a.localhost": 200, "127.0.0.1:80": 200, "[::1]:80": 200, "10.0.0.7": 200, "skills.example": 200, "Skills.Example.:80": 200,
		"evil.example": 421, "evil.example:8080": 421, "localhost.evil.example": 421, "127.0.0.1.evil.example": 421, "notlocalhost": 421,
	} {
		if got := status(host); got != want {
			t.Errorf("%s: status %d, want %d", host, got, want)
		}
	}
	f = start(t, false, nil)
	if got := status("any.example"); got != 200 {
		t.Errorf("beyond loopback, without a list: %d", got)
	}
	served, stop := f.listen(t) // on loopback
	eventually(t, "the server listens", func() bool { return f.server.loopback.Load() })
	if got := status("any.example"); got != 421 {
		t.Errorf("on loopback: %d", got)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// Metrics on a listener of their own are not on the other one.
func TestMetricsListener(t *testing.T) {
	f := start(t, false, nil)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.metrics = listener
	served, stop := f.listen(t)
	api := f.URL
	wantProblem(t, "metrics of the API", f.do(t, "GET", "/metrics", ""), 404, "not_found", "")
	as[StatusResponse](t, f.do(t, "GET", "/readyz", ""))
	f.URL = "http://" + listener.Addr().String()
	if r := f.do(t, "GET", "/metrics", ""); r.status != 200 || !strings.Contains(string(r.body), "skillspace_connections") {
		t.Errorf("%d: %.200s", r.status, r.body)
	}
	as[StatusResponse](t, f.do(t, "GET", "/healthz", ""))
	as[StatusResponse](t, f.do(t, "GET", "/readyz", ""))
	wantProblem(t, "the API", f.do(t, "GET", "/v1/model", ""), 404, "not_found", "")
	f.URL = api
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
