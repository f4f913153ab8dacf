package serve

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// post sends an ad and returns a channel with the answer.
func (f *fixture) post(t *testing.T, ctx context.Context, text string) chan reply {
	t.Helper()
	done := make(chan reply, 1)
	go func() {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, f.URL+"/v1/extract", strings.NewReader(fmt.Sprintf(`{"text": %q}`, text)))
		if err != nil {
			t.Error(err)
		}
		r.Header.Set("Content-Type", "application/json")
		response, err := f.Client().Do(r)
		if err != nil {
			done <- reply{body: []byte(err.Error())}
			return
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		done <- reply{response.StatusCode, response.Header, body, response.Close}
	}()
	return done
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for range 5000 {
		if condition() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("this did not happen: " + what)
}

func (f *fixture) waiting() int {
	n, _ := f.server.loaded.Load().queue.Waiting()
	return n
}

func TestQueueFull(t *testing.T) {
	f, g := startGated(t, func(s *Settings) { s.Limits.QueueTokens = 12 })
	running := f.post(t, t.Context(), "You drive trucks.")
	<-g.started
	waiting := f.post(t, t.Context(), "You drive trucks.")
	eventually(t, "a request waits", func() bool { return f.waiting() == 1 })
	refused := f.do(t, "POST", "/v1/extract", `{"text": "You drive trucks."}`)
	wantProblem(t, "full", refused, 429, "queue_full", "")
	if refused.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	if text := string(f.do(t, "GET", "/metrics", "").body); !strings.Contains(text, "skillspace_queue_requests 1\n") || !strings.Contains(text, `skillspace_rejected_total{code="queue_full"} 1`) {
		t.Errorf("the metrics do not tell:\n%s", text)
	}
	close(g.gate)
	for _, done := range []chan reply{running, waiting} {
		as[ExtractResponse](t, <-done)
	}
}

func TestTooManyRequests(t *testing.T) {
	f, g := startGated(t, func(s *Settings) { s.MaxRequests = 1 })
	running := f.post(t, t.Context(), "You drive trucks.")
	<-g.started
	refused := f.do(t, "POST", "/v1/extract", `{"text": "x"}`)
	wantProblem(t, "too many", refused, 429, "too_many_requests", "")
	if refused.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After: %q", refused.header.Get("Retry-After"))
	}
	as[StatusResponse](t, f.do(t, "GET", "/healthz", "")) // probes take no slot
	close(g.gate)
	as[ExtractResponse](t, <-running)
}

func TestTimeout(t *testing.T) {
	f, g := startGated(t, func(s *Settings) { s.RequestTimeout = 50 * time.Millisecond })
	wantProblem(t, "timeout", f.do(t, "POST", "/v1/extract", `{"text": "You drive."}`), 504, "timeout", "")
	close(g.gate) // the pass has ended, so the next request need not wait
	as[ExtractResponse](t, f.do(t, "POST", "/v1/extract", `{"text": "You drive."}`))
}

func TestClientLeaves(t *testing.T) {
	f, g := startGated(t, nil)
	ctx, leave := context.WithCancel(t.Context())
	running := f.post(t, ctx, "You drive trucks.")
	<-g.started
	leave()
	<-running
	eventually(t, "the log tells that the client left", func() bool {
		return strings.Contains(f.log.String(), `"status":499`) && strings.Contains(f.log.String(), `"client_gone"`)
	})
	close(g.gate)
	as[ExtractResponse](t, f.do(t, "POST", "/v1/extract", `{"text": "You drive."}`))
	if text := string(f.do(t, "GET", "/metrics", "").body); !strings.Contains(text, `status="499"} 1`) {
		t.Errorf("the metrics do not tell:\n%s", text)
	}
}

// A client that stops in the middle of its body is cut off. Other clients need not wait for it.
func TestSlowClient(t *testing.T) {
	f := start(t, false, func(s *Settings) { s.ReadTimeout = 300 * time.Millisecond })
	line, err := net.Dial("tcp", f.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	fmt.Fprintf(line, "POST /v1/extract HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"text\":")
	as[ExtractResponse](t, f.do(t, "POST", "/v1/extract", `{"text": "You drive."}`))
	_ = line.SetReadDeadline(time.Now().Add(10 * time.Second))
	response, err := http.ReadResponse(bufio.NewReader(line), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	wantProblem(t, "slow", reply{response.StatusCode, response.Header, body, response.Close}, 408, "slow_request", "")
}

// The time for reading does not limit the time for computing.
func TestComputingLongerThanReading(t *testing.T) {
	f, g := startGated(t, func(s *Settings) { s.ReadTimeout = 50 * time.Millisecond })
	running := f.post(t, t.Context(), "You drive trucks.")
	<-g.started
	time.Sleep(200 * time.Millisecond)
	close(g.gate)
	as[ExtractResponse](t, <-running)
}

func TestBodyTooLarge(t *testing.T) {
	f := start(t, false, func(s *Settings) { s.MaxBodyBytes = 100 })
	long := `{"text": "` + strings.Repeat("x", 200) + `"}`
	wantProblem(t, "told", f.do(t, "POST", "/v1/extract", long), 413, "body_too_large", "")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.URL+"/v1/extract", io.MultiReader(strings.NewReader(long))) // chunked
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := f.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	wantProblem(t, "chunked", reply{response.StatusCode, response.Header, body, response.Close}, 413, "body_too_large", "")
}

func TestPanics(t *testing.T) {
	f, g := startGated(t, nil)
	g.panics = true
	close(g.gate)
	p := wantProblem(t, "in the model", f.do(t, "POST", "/v1/extract", `{"text": "You drive."}`), 500, "internal", "")
	if strings.Contains(p.Message, "broken") {
		t.Errorf("the answer tells of the inside: %s", p.Message)
	}
	if log := f.log.String(); !strings.Contains(log, "the model is broken") || !strings.Contains(log, "fixture_test.go") {
		t.Errorf("the log does not tell where:\n%s", log)
	}
	f.extractor.Embedder = nil // a handler that panics
	wantProblem(t, "in a handler", f.do(t, "POST", "/v1/embed", `{"input": "You drive."}`), 500, "internal", "")
	if log := f.log.String(); !strings.Contains(log, "nil pointer") || !strings.Contains(log, "embed.go") {
		t.Errorf("the log does not tell where:\n%s", log)
	}
	as[StatusResponse](t, f.do(t, "GET", "/healthz", ""))
}

// Without a model the server is alive and not ready.
func TestLoading(t *testing.T) {
	f := &fixture{log: &lockedBuffer{}}
	f.server = New(testSettings(f.log))
	f.Server = newTestServer(t, f.server)
	as[StatusResponse](t, f.do(t, "GET", "/healthz", ""))
	wantProblem(t, "ready", f.do(t, "GET", "/readyz", ""), 503, "loading", "")
	r := f.do(t, "POST", "/v1/extract", `{"text": "You drive."}`)
	wantProblem(t, "extract", r, 503, "loading", "")
	if r.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	t.Cleanup(f.server.Load(newExtractor(t, false), nil, 0).Close)
	as[StatusResponse](t, f.do(t, "GET", "/readyz", ""))
}

// A server that stops is no longer ready, finishes the accepted requests, and then accepts no connection.
func TestGracefulStop(t *testing.T) {
	f, g := startGated(t, func(s *Settings) { s.ShutdownDelay = 300 * time.Millisecond })
	served, stop := f.listen(t)
	running := f.post(t, t.Context(), "You drive trucks.")
	<-g.started
	stop()
	eventually(t, "readiness ends", func() bool { return f.server.stopping.Load() })
	wantProblem(t, "ready", f.do(t, "GET", "/readyz", ""), 503, "stopping", "")
	if r := f.do(t, "GET", "/healthz", ""); !r.closed {
		t.Error("while the server stops, an answer does not close its connection")
	}
	late := f.post(t, t.Context(), "You drive buses.") // requests are accepted during the delay
	eventually(t, "the late request waits", func() bool { return f.waiting() == 1 })
	time.Sleep(350 * time.Millisecond) // the delay and a little
	if _, err := net.Dial("tcp", strings.TrimPrefix(f.URL, "http://")); err == nil {
		t.Error("connections are still accepted")
	}
	close(g.gate)
	as[ExtractResponse](t, <-running)
	as[ExtractResponse](t, <-late)
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestStopCutsOff(t *testing.T) {
	f, g := startGated(t, func(s *Settings) { s.ShutdownTimeout = 50 * time.Millisecond })
	served, stop := f.listen(t)
	running := f.post(t, t.Context(), "You drive trucks.")
	<-g.started
	stop()
	if err := <-served; err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("%v", err)
	}
	if got := <-running; got.status == http.StatusOK {
		t.Errorf("%d: %s", got.status, got.body)
	} // the pass ends too, because its client is cut off: the gate stays closed when the fixture closes the queue
}
