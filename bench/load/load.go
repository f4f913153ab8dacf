// Package load sends requests to a server from many clients at once and measures what they wait.
// It starts no server and knows no API: the caller says what a request is.
package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Options say what is sent, and how much of it.
type Options struct {
	URL     string
	Body    func(i int) []byte // of request i, from 0; called by many clients at once
	Header  http.Header        // such as Authorization; Content-Type is application/json
	Clients int
	WarmUp  time.Duration // before anything is counted
	Length  time.Duration
	Timeout time.Duration // of one request
	PID     int           // the server's process, whose memory is followed; 0 for none
}

// Result is what the clients saw. A request is counted if it ended within the measured time.
type Result struct {
	Clients   int            `json:"clients"`
	Seconds   float64        `json:"seconds"`
	Requests  int            `json:"requests"`
	PerSecond float64        `json:"requests_per_second"` // those that succeeded
	Errors    int            `json:"errors"`
	Failures  map[string]int `json:"failures,omitempty"` // by status, or what broke
	Median    float64        `json:"median_ms"`          // of those that succeeded
	P99       float64        `json:"p99_ms"`
	Max       float64        `json:"max_ms"`
	Memory    *Memory        `json:"memory,omitempty"`
}

// Memory is a process's resident memory over the measured time.
type Memory struct {
	Start float64 `json:"start_mb"`
	End   float64 `json:"end_mb"`
	Max   float64 `json:"max_mb"`
}

// Run sends requests, each client its next when the last is answered (after a refusal, when the server says so), until the time is over or ctx is done.
func Run(ctx context.Context, o Options) (*Result, error) {
	transport := &http.Transport{MaxIdleConns: o.Clients, MaxIdleConnsPerHost: o.Clients, MaxConnsPerHost: o.Clients}
	defer transport.CloseIdleConnections()
	r := &run{options: o, client: &http.Client{Transport: transport, Timeout: o.Timeout}, failures: map[string]int{}}
	r.from = time.Now().Add(o.WarmUp)
	r.until = r.from.Add(o.Length)
	ctx, cancel := context.WithDeadline(ctx, r.until)
	defer cancel()
	var clients sync.WaitGroup
	for range o.Clients {
		clients.Go(func() { r.requests(ctx) })
	}
	memory, err := follow(ctx, o.PID, r.from)
	clients.Wait()
	if err != nil {
		return nil, err
	}
	if err := context.Cause(ctx); !errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("load: %w", err)
	}
	if len(r.waits) == 0 {
		return nil, fmt.Errorf("load: no request succeeded: %v", r.failures)
	}
	return r.result(memory), nil
}

// run is a measurement under way.
type run struct {
	options     Options
	client      *http.Client
	from, until time.Time

	mu       sync.Mutex
	sent     int
	waits    []time.Duration
	failures map[string]int
}

func (r *run) requests(ctx context.Context) {
	for ctx.Err() == nil {
		r.mu.Lock()
		i := r.sent
		r.sent++
		r.mu.Unlock()
		started := time.Now()
		failure, pause := r.request(ctx, i)
		ended := time.Now()
		wait(ctx, pause)
		if ended.Before(r.from) || !ended.Before(r.until) {
			continue
		}
		r.mu.Lock()
		if failure == "" {
			r.waits = append(r.waits, ended.Sub(started))
		} else {
			r.failures[failure]++
		}
		r.mu.Unlock()
	}
}

// wait lets time pass, until ctx is done.
func wait(ctx context.Context, pause time.Duration) {
	if pause == 0 {
		return
	}
	select {
	case <-time.After(pause):
	case <-ctx.Done():
	}
}

// afterFailure is how long a client waits where the server does not say.
const afterFailure = 100 * time.Millisecond

// request sends one and reads the whole answer. It returns what went wrong, in a few words, and how long to wait then.
func (r *run) request(ctx context.Context, i int) (failure string, pause time.Duration) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.options.URL, bytes.NewReader(r.options.Body(i)))
	if err != nil {
		return err.Error(), afterFailure
	}
	request.Header = r.options.Header.Clone()
	if request.Header == nil {
		request.Header = http.Header{}
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := r.client.Do(request)
	if err != nil {
		return "no answer", afterFailure
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return "answer cut off", afterFailure
	}
	if response.StatusCode != http.StatusOK {
		pause = afterFailure
		if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
			pause = time.Duration(seconds) * time.Second
		}
		return fmt.Sprintf("status %d", response.StatusCode), pause
	}
	return "", 0
}

func (r *run) result(memory *Memory) *Result {
	slices.Sort(r.waits)
	out := &Result{Clients: r.options.Clients, Seconds: r.options.Length.Seconds(), Failures: r.failures, Memory: memory,
		Median: milliseconds(rank(r.waits, 0.5)), P99: milliseconds(rank(r.waits, 0.99)), Max: milliseconds(rank(r.waits, 1))}
	for _, n := range r.failures {
		out.Errors += n
	}
	out.Requests = len(r.waits) + out.Errors
	out.PerSecond = float64(len(r.waits)) / out.Seconds
	return out
}

// rank returns the value that a share of the sorted values does not exceed (nearest rank).
func rank(sorted []time.Duration, share float64) time.Duration {
	return sorted[max(int(math.Ceil(share*float64(len(sorted)))), 1)-1]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
