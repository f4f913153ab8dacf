package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"skillspace/bench/load"
)

// The test program serves when it is told a port, so that a server is a process of its own here too.
const servedPort = "SKILLSPACE_BENCH_SERVES"

func TestMain(m *testing.M) {
	if port := os.Getenv(servedPort); port != "" {
		serveForTests(port)
		return
	}
	os.Exit(m.Run())
}

// serveForTests is not ready at first, answers any POST, and exits on one to /exit.
func serveForTests(port string) {
	readyAt := time.Now().Add(200 * time.Millisecond)
	http.HandleFunc("/ready", func(w http.ResponseWriter, _ *http.Request) {
		if time.Now().Before(readyAt) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	http.HandleFunc("POST /ads", func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	http.HandleFunc("POST /exit", func(http.ResponseWriter, *http.Request) { os.Exit(0) })
	_, _ = io.WriteString(os.Stderr, "listening\n")
	_ = http.ListenAndServe("127.0.0.1:"+port, nil)
}

func testServer() server {
	return server{name: "a server", ready: "/ready", path: "/ads", body: extractBody, command: func(port int) []string {
		return []string{"env", servedPort + "=" + strconv.Itoa(port), os.Args[0]}
	}}
}

func TestServerIsUsedWhenItIsReadyAndEndsAfterwards(t *testing.T) {
	b := &bench{options: defaultOptions()}
	var pid int
	var seen *load.Result
	f, err := b.serve(t.Context(), testServer(), func(ctx context.Context, r running) (err error) {
		pid = r.pid
		seen, err = load.Run(ctx, load.Options{URL: r.url + "/ads", Body: func(int) []byte { return []byte("{}") }, Clients: 4,
			Length: 300 * time.Millisecond, Timeout: 5 * time.Second, PID: r.pid})
		return err
	})
	if err != nil || f == nil {
		t.Fatal(err)
	}
	if seen.Requests == 0 || seen.Errors > 0 || seen.Memory.Start <= 0 {
		t.Errorf("%+v", seen)
	}
	if _, err := os.Stat("/proc/" + strconv.Itoa(pid)); !os.IsNotExist(err) {
		t.Errorf("the server still runs: %v", err)
	}
}

func TestServerThatEndsOrFailsIsAnError(t *testing.T) {
	b := &bench{options: defaultOptions()}
	_, err := b.serve(t.Context(), testServer(), func(ctx context.Context, r running) error {
		if _, err := http.Post(r.url+"/exit", "", nil); err == nil {
			t.Error("the server did not exit")
		}
		<-ctx.Done() // its end ends what is done with it
		return ctx.Err()
	})
	if err == nil || !strings.Contains(err.Error(), "a server: exit status 0: listening") {
		t.Errorf("error %v", err)
	}
	broken := errors.New("a wrong answer")
	if _, err := b.serve(t.Context(), testServer(), func(context.Context, running) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond) // before it is ready
	defer cancel()
	if _, err := b.serve(ctx, testServer(), func(context.Context, running) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

func TestServingTableAndRatios(t *testing.T) {
	seen := func(end float64) load.Result {
		return load.Result{Requests: 7, Median: 1500, P99: 2500, Max: 3000, Memory: &load.Memory{Start: 100, End: end, Max: 120}}
	}
	loads := []ServerLoad{{oursServe, 1, seen(110)}, {peerServe, 1, seen(100)}}
	rows := []Measured{{Side: oursServe, Unit: "ads/s", Rate: spread([]float64{12}), Peak: spread([]float64{100})},
		{Side: peerServe, Unit: "ads/s", Rate: spread([]float64{2}), Peak: spread([]float64{200})}}
	quality := &ServingQuality{Benchmark: "house", Queries: 2, Gold: 3, Known: 2, PeerList: 9, Rows: []QualityRow{
		{Side: oursServe, F1At5: 0.3, F1Difference: &Difference{0.1, -0.05, 0.2}}, {Side: peerServe, F1At5: 0.2}}}
	s := &Serving{Comparison: Comparison{Title: "Serving", Rows: rows, Ratios: servingRatios(rows, loads, quality)}, Models: []ServedModel{{Words: "a model", Filter: "a filter", side: oursServe}}, Precision: "bf16",
		Loads: loads, Quality: quality}
	var b strings.Builder
	s.tables(&b)
	for _, part := range []string{"| 6.00 (6.00 to 6.00)", "at least 5", "at most 1.05", "missed", "| 1.50 s | 2.50 s | 3.00 s", "100, 110, 120",
		"among them 2 of the 3 gold ones", "+0.100 [-0.050, +0.200]", "Precision of ours: bf16.", oursServe + ": a model; filter: a filter."} {
		if !strings.Contains(b.String(), part) {
			t.Errorf("no %q in\n%s", part, b.String())
		}
	}
	if withoutLabels := servingRatios(rows, loads, nil); len(withoutLabels) != 3 {
		t.Errorf("%+v", withoutLabels)
	}
}
