package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"skillspace/extract"
	"skillspace/internal/libtorch"
	"skillspace/serve/batching"
)

// dial opens a connection to the fixture and sends text on it.
func (f *fixture) dial(t *testing.T, text string) *net.TCPConn {
	t.Helper()
	line, err := net.Dial("tcp", f.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { line.Close() })
	if _, err := io.WriteString(line, text); err != nil {
		t.Fatal(err)
	}
	_ = line.SetReadDeadline(time.Now().Add(20 * time.Second))
	return line.(*net.TCPConn)
}

// request is the text of a POST to /v1/extract, with a Content-Length that need not be that of the body.
func request(body string, length int) string {
	return fmt.Sprintf("POST /v1/extract HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", length, body)
}

// A small request whose response would be huge is refused, with what to do. So is one that needs more memory than there is.
func TestLargeResponses(t *testing.T) {
	ad := strings.Repeat(`a\n\n`, 2000)
	f := start(t, true, func(s *Settings) { s.MaxResponseBytes, s.MaxMemoryBytes = 1<<20, 8<<20 })
	p := wantProblem(t, "sentences with skills", f.do(t, "POST", "/v1/extract", `{"text": "`+ad+`", "top_k": 100}`), 413, "response_too_large", "")
	if !strings.Contains(p.Message, "lower top_k") || !strings.Contains(p.Message, "2000 sentences") {
		t.Errorf("the message does not help: %s", p.Message)
	}
	got := as[ExtractResponse](t, f.do(t, "POST", "/v1/extract", `{"text": "`+ad+`", "top_k": 1}`))
	if len(got.Ads[0].Sentences) != 2000 {
		t.Errorf("%d sentences", len(got.Ads[0].Sentences))
	}
	if used := f.server.memory.used.Load(); used != 0 {
		t.Errorf("%d bytes stay reserved", used)
	}
	f = start(t, true, func(s *Settings) { s.MaxMemoryBytes = 1 << 20 })
	inputs := `["x"` + strings.Repeat(`,"x"`, 2047) + `]`
	wantProblem(t, "vectors", f.do(t, "POST", "/v1/embed", `{"input": `+inputs+`}`), 413, "response_too_large", "")
	wantProblem(t, "memory", f.do(t, "POST", "/v1/extract", `{"text": "`+ad+`", "top_k": 1}`), 413, "response_too_large", "")
}

// The requests under way share the memory. One more is told to come again.
func TestMemoryInFlight(t *testing.T) {
	f, g := startGated(t, func(s *Settings) { s.MaxMemoryBytes = 100 << 10 })
	first := f.post(t, t.Context(), strings.Repeat("You drive. ", 150))
	<-g.started
	refused := f.do(t, "POST", "/v1/extract", `{"text": "`+strings.Repeat("You drive. ", 150)+`"}`)
	wantProblem(t, "memory is taken", refused, 429, "too_many_requests", "")
	if refused.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	close(g.gate)
	as[ExtractResponse](t, <-first)
	as[ExtractResponse](t, f.do(t, "POST", "/v1/extract", `{"text": "`+strings.Repeat("You drive. ", 150)+`"}`))
}

// An answer that is written in pieces is the JSON of its struct, and a small one has a length.
func TestStreamedAnswers(t *testing.T) {
	f := start(t, true, nil)
	for _, c := range []struct {
		path, body string
		value      any
		pieces     bool
	}{
		{"/v1/extract", `{"ads": [{"id": "<a>", "text": "You drive trucks. 你负责开车。"}, {"text": ""}]}`, &ExtractResponse{}, false},
		{"/v1/extract", `{"ads": [{"id": "<a>", "text": "You drive trucks. 你负责开车。"}, {"text": ""}], "level": "ad", "groups": true}`, &ExtractResponse{}, false},
		{"/v1/extract", `{"text": "` + strings.Repeat("You drive trucks. ", 500) + `"}`, &ExtractResponse{}, true},
		{"/v1/embed", `{"input": ["You drive.", "x"], "encoding_format": "base64"}`, &EmbedResponse{}, false},
	} {
		r := f.do(t, "POST", c.path, c.body)
		if err := json.Unmarshal(r.body, c.value); err != nil || r.status != 200 {
			t.Fatalf("%d, %v: %s", r.status, err, r.body)
		}
		again, err := json.Marshal(c.value)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(append(again, '\n'), r.body) {
			t.Errorf("%s: streamed\n%.300s\nwant\n%.300s", c.path, r.body, again)
		}
		if r.header.Get("Content-Type") != jsonType || (r.header.Get("Content-Length") == "") != c.pieces {
			t.Errorf("%s: %v", c.path, r.header)
		}
	}
}

// The memory of prepared ads with all their results is not larger than what is reserved for it.
func TestMemoryEstimates(t *testing.T) {
	x := newExtractor(t, true)
	if _, err := x.Extract(t.Context(), strings.Repeat("You drive trucks across Europe. ", 3000), extract.Criteria{TopK: 1}); err != nil { // buffers that stay
		t.Fatal(err)
	}
	for name, text := range map[string]string{"short sentences": strings.Repeat("a\n\n", 20_000), "long sentences": strings.Repeat("You drive trucks across Europe. ", 3000),
		"punctuation": strings.Repeat("....... .... ", 5000)} {
		const topK = 100
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		ad, err := x.Prepare(t.Context(), text, extract.Criteria{TopK: topK, Threshold: -1})
		if err != nil {
			t.Fatal(err)
		}
		found, err := x.ExtractPrepared(t.Context(), []extract.Ad{ad})
		if err != nil {
			t.Fatal(err)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		used := int64(after.HeapAlloc) - int64(before.HeapAlloc)
		n := int64(len(ad.Sentences))
		estimate := bodyMemory(len(text)) + n*(sentenceMemory+topK*matchMemory) + tokenMemory*int64(ad.Tokens())
		t.Logf("%s: %d sentences, %d tokens: %d bytes, estimate %d", name, n, ad.Tokens(), used, estimate)
		if used > estimate {
			t.Errorf("%s: %d bytes, the estimate is %d", name, used, estimate)
		}
		runtime.KeepAlive(ad)
		runtime.KeepAlive(found)
	}
}

// failing is a model whose passes fail.
type failing struct {
	batching.Model
	err error
}

func (m failing) ExtractPrepared(context.Context, []extract.Ad) ([][]extract.Found, error) {
	return nil, m.err
}

func TestOutOfMemory(t *testing.T) {
	x := newExtractor(t, false)
	f := &fixture{log: &lockedBuffer{}, extractor: x}
	f.server = New(testSettings(f.log))
	f.Server = newTestServer(t, f.server)
	t.Cleanup(f.server.load(x, nil, failing{batching.Of(x), fmt.Errorf("linear: %w", libtorch.ErrOutOfMemory)}, 1, 0).Close)
	r := f.do(t, "POST", "/v1/extract", `{"text": "You drive."}`)
	wantProblem(t, "out of memory", r, 503, "out_of_memory", "")
	if r.header.Get("Retry-After") == "" || !strings.Contains(f.log.String(), "linear: out of memory") {
		t.Errorf("%v\n%s", r.header, f.log.String())
	}
}

// A client that closes its side of the connection gets no answer, rather than 200 with an empty body.
func TestHalfClosingClient(t *testing.T) {
	f, g := startGated(t, nil)
	body := `{"text": "You drive trucks."}`
	line := f.dial(t, request(body, len(body)))
	<-g.started
	if err := line.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if answer, err := io.ReadAll(line); len(answer) > 0 {
		t.Errorf("the answer is %q (%v)", answer, err)
	}
	cut := f.dial(t, request(body, len(body)+50))
	if err := cut.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if answer, _ := io.ReadAll(cut); strings.HasPrefix(string(answer), "HTTP/1.1 200") {
		t.Errorf("a body that is cut off is answered with %q", answer)
	}
	close(g.gate)
	eventually(t, "the log tells that the client left", func() bool { return strings.Contains(f.log.String(), `"status":499`) })
	as[ExtractResponse](t, f.do(t, "POST", "/v1/extract", body))
}

// Clients that send slowly hold no slot, and are cut off by the rate of their bytes.
func TestSlowBodiesHoldNoSlot(t *testing.T) {
	f := start(t, false, func(s *Settings) { s.MaxRequests, s.ReadTimeout = 2, time.Minute })
	slow := make([]*net.TCPConn, 16)
	for i := range slow {
		slow[i] = f.dial(t, request("{", 1000))
	}
	began := time.Now()
	for range 10 {
		as[ExtractResponse](t, f.do(t, "POST", "/v1/extract", `{"text": "You drive."}`))
	}
	var group sync.WaitGroup
	for _, line := range slow {
		group.Go(func() {
			for range 100 {
				if _, err := io.WriteString(line, " "); err != nil {
					break
				}
				time.Sleep(100 * time.Millisecond)
				if time.Since(began) > 2*bodyGrace {
					break
				}
			}
			if answer, _ := io.ReadAll(line); !bytes.Contains(answer, []byte("408 Request Timeout")) {
				t.Errorf("a slow client gets %q", answer)
			}
		})
	}
	group.Wait()
	if took := time.Since(began); took > 2*bodyGrace+5*time.Second {
		t.Errorf("the slow clients were cut off after %v", took)
	}
}

// A client that sends a body of 10 MB and reads the answer afterwards gets to read it.
func TestRefusedBodiesAreRead(t *testing.T) {
	f := start(t, false, func(s *Settings) { s.Token = "secret" })
	body := `{"text": "` + strings.Repeat("a", 10_000_000) + `"}`
	wantProblem(t, "no token", f.do(t, "POST", "/v1/extract", body), 401, "unauthorized", "")
	wantProblem(t, "too large", f.do(t, "POST", "/v1/extract", body, "Authorization", "Bearer secret"), 413, "body_too_large", "")
	wantProblem(t, "no JSON", f.do(t, "POST", "/v1/extract", body, "Authorization", "Bearer secret", "Content-Type", "text/plain"), 415, "unsupported_media_type", "")
	line := f.dial(t, request("", len(body)))
	if _, err := io.WriteString(line, body); err != nil {
		t.Errorf("the server does not read: %v", err)
	}
	head := make([]byte, 12)
	if _, err := io.ReadFull(line, head); err != nil || string(head) != "HTTP/1.1 401" {
		t.Errorf("%q, %v", head, err)
	}
}

// A client that does not read its answer is cut off.
func TestSlowReader(t *testing.T) {
	f := start(t, false, func(s *Settings) {
		s.MaxBodyBytes, s.RequestTimeout, s.ReadTimeout = 1<<20, 3*time.Second, 100*time.Millisecond
		s.Limits.QueueTokens = 1 << 20
	})
	body := `{"text": "` + strings.Repeat(`a\n\n`, 10_000) + `", "top_k": 12}`
	line := f.dial(t, request(body, len(body)))
	_ = line.SetReadBuffer(4 << 10)
	eventually(t, "the request is done", func() bool { return strings.Contains(f.log.String(), `"path":"/v1/extract"`) })
	var entry struct {
		Status   int
		Duration float64 `json:"duration_ms"`
	}
	if err := json.Unmarshal([]byte(f.log.String()), &entry); err != nil || entry.Status != statusClientGone || entry.Duration > 8000 {
		t.Errorf("%v, %+v", err, entry)
	}
}

// A client that leaves is not waited for: its ads are neither split nor tokenised.
func TestPreparationStops(t *testing.T) {
	f := start(t, true, nil)
	ctx, leave := context.WithCancel(t.Context())
	leave()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "/v1/extract", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	loaded, held := f.server.loaded.Load(), f.server.memory.reserve()
	defer held.release()
	text := strings.Repeat("You drive trucks. ", 3000)
	ads := make([]Ad, 256)
	for i := range ads {
		ads[i].Text = &text
	}
	for range cap(loaded.preparing) { // as if as many requests as there are processors were being prepared
		loaded.preparing <- struct{}{}
	}
	began := time.Now()
	if _, err := loaded.prepare(call{r, nil, f.server.settings, held}, ads, extract.Criteria{TopK: 1}, loaded.sizes(false, false)); !errors.Is(err, context.Canceled) {
		t.Errorf("while it waits: %v", err)
	}
	<-loaded.preparing
	if _, err := loaded.prepare(call{r, nil, f.server.settings, held}, ads, extract.Criteria{TopK: 1}, loaded.sizes(false, false)); !errors.Is(err, context.Canceled) {
		t.Errorf("while ads are split: %v", err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %v", took)
	}
}
