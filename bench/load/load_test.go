package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestRun(t *testing.T) {
	var inFlight, most, served atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := inFlight.Add(1)
		defer inFlight.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("Authorization") != "Bearer x" || r.Header.Get("Content-Type") != "application/json" || !strings.HasPrefix(string(body), "ad ") {
			t.Errorf("%v %s", r.Header, body)
		}
		time.Sleep(20 * time.Millisecond)
		if served.Add(1)%10 == 0 {
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}))
	defer server.Close()
	o := Options{URL: server.URL, Body: func(i int) []byte { return fmt.Appendf(nil, "ad %d", i) }, Header: http.Header{"Authorization": {"Bearer x"}},
		Clients: 8, WarmUp: 100 * time.Millisecond, Length: 400 * time.Millisecond, Timeout: 5 * time.Second, PID: os.Getpid()}
	got, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	// 8 clients at 20 ms: 160 in 400 ms at most, of which every tenth fails. What ran in the warm-up is not counted.
	if got.Requests < 40 || got.Requests > 168 || got.Requests >= int(served.Load()) || got.Errors != got.Failures["status 429"] || got.Errors*5 > got.Requests || got.Errors == 0 {
		t.Errorf("%+v of %d", got, served.Load())
	}
	if got.Median < 20 || got.P99 < got.Median || got.Max < got.P99 || most.Load() != 8 {
		t.Errorf("%+v, %d at once", got, most.Load())
	}
	if want := float64(got.Requests-got.Errors) / 0.4; got.PerSecond != want {
		t.Errorf("%v a second, want %v", got.PerSecond, want)
	}
	if m := got.Memory; m == nil || m.Start <= 1 || m.Max < m.End || m.Max < m.Start {
		t.Errorf("%+v", m)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	server.Close()
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "no request succeeded") {
		t.Errorf("without a server: %v", err)
	}
}

func TestRank(t *testing.T) {
	values := []time.Duration{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for share, want := range map[float64]time.Duration{0.5: 5, 0.99: 10, 0.9: 9, 1: 10, 0: 1} {
		if got := rank(values, share); got != want {
			t.Errorf("%v: %d, want %d", share, got, want)
		}
	}
}
