package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"skillspace/checkpoints/checkpointtest"
	"skillspace/data/taxonomy"
	"skillspace/embedding"
	"skillspace/extract"
	"skillspace/index"
	"skillspace/internal/libtorch"
	"skillspace/model"
	"skillspace/serve/batching"
)

// fixture is a server with an untrained model over the bundled skills.
type fixture struct {
	*httptest.Server
	server    *Server
	extractor *extract.Extractor
	groups    [][]taxonomy.Group
	log       *lockedBuffer
	metrics   net.Listener // for listen; nil: none
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func testSettings(log io.Writer) Settings {
	return Settings{
		ModelName: "test", Extract: extract.Criteria{TopK: 3, Threshold: -1}, Limits: batching.Limits{BatchTokens: 512, QueueTokens: 1 << 16},
		MaxRequests: 64, MaxConnections: 256, MaxConnectionsPerClient: 256, MaxBodyBytes: 1 << 16, MaxResponseBytes: 32 << 20, MaxMemoryBytes: 256 << 20, ReadTimeout: 5 * time.Second, RequestTimeout: 20 * time.Second, ShutdownTimeout: 5 * time.Second,
		Log: slog.New(slog.NewJSONHandler(log, nil)),
	}
}

func sampleOntology(t *testing.T) *taxonomy.Taxonomy {
	t.Helper()
	tax, err := taxonomy.Load("../examples/ontology")
	if err != nil {
		t.Fatal(err)
	}
	return tax
}

// newExtractor opens an untrained bi-encoder and filter.
func newExtractor(t *testing.T, filtered bool) *extract.Extractor {
	t.Helper()
	dir := t.TempDir()
	biencoder := filepath.Join(dir, "biencoder")
	checkpointtest.BiEncoder(t, biencoder, checkpointtest.TinyBERT(t), model.HeadConfig{Pooling: model.MeanPooling})
	ranker, err := index.OpenCheckpoint(t.Context(), biencoder, sampleOntology(t).Skills(), index.OpenOptions{Device: libtorch.CPU})
	if err != nil {
		t.Fatal(err)
	}
	x := &extract.Extractor{Ranker: ranker}
	t.Cleanup(x.Close)
	if filtered {
		folder := filepath.Join(dir, "filter")
		checkpointtest.FilterInContext(t, folder, checkpointtest.TinyBERT(t), 0, 8)
		filter, err := embedding.LoadFilter(folder, libtorch.CPU)
		if err != nil {
			t.Fatal(err)
		}
		x.Filter = filter
	}
	return x
}

// start serves with changed settings.
func start(t *testing.T, filtered bool, change func(*Settings)) *fixture {
	t.Helper()
	f := &fixture{log: &lockedBuffer{}, extractor: newExtractor(t, filtered), groups: sampleOntology(t).SkillGroups()}
	o := testSettings(f.log)
	if change != nil {
		change(&o)
	}
	f.server = New(o)
	t.Cleanup(f.server.Load(f.extractor, f.groups, 0).Close)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the server's log:\n%s", f.log.String())
		}
	})
	f.Server = httptest.NewServer(f.server.Handler())
	t.Cleanup(f.Close)
	return f
}

// reply is an answer.
type reply struct {
	status int
	header http.Header
	body   []byte
	closed bool // the connection is closed after the answer
}

func (f *fixture) do(t *testing.T, method, path, body string, header ...string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, f.URL+path, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := f.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header, got, response.Close}
}

// as decodes an answer strictly. The answer must be a success.
func as[T any](t *testing.T, r reply) T {
	t.Helper()
	var value T
	if r.status != http.StatusOK {
		t.Fatalf("status %d: %s", r.status, r.body)
	}
	decoder := json.NewDecoder(bytes.NewReader(r.body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v: %s", err, r.body)
	}
	return value
}

// wantProblem checks an answer that is an error.
func wantProblem(t *testing.T, name string, r reply, status int, code, field string) Problem {
	t.Helper()
	var got ErrorResponse
	if err := json.Unmarshal(r.body, &got); err != nil || r.status != status || got.Error.Code != code || got.Error.Field != field || got.Error.Message == "" {
		t.Errorf("%s: status %d: %.500s; want %d, code %q, field %q", name, r.status, r.body, status, code, field)
	}
	return got.Error
}

// gated is a model whose passes wait until its gate opens.
type gated struct {
	batching.Model
	started chan struct{}
	gate    chan struct{}
	panics  bool
}

func newGated(x *extract.Extractor) *gated {
	return &gated{Model: batching.Of(x), started: make(chan struct{}, 1000), gate: make(chan struct{})}
}

func (g *gated) ExtractPrepared(ctx context.Context, ads []extract.Ad) ([][]extract.Found, error) {
	g.started <- struct{}{}
	select {
	case <-g.gate:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if g.panics {
		panic("the model is broken")
	}
	return g.Model.ExtractPrepared(ctx, ads)
}

// startGated serves with a gated model.
func startGated(t *testing.T, change func(*Settings)) (*fixture, *gated) {
	t.Helper()
	f := &fixture{log: &lockedBuffer{}, extractor: newExtractor(t, false)}
	o := testSettings(f.log)
	if change != nil {
		change(&o)
	}
	f.server = New(o)
	g := newGated(f.extractor)
	queue := f.server.load(f.extractor, nil, g, 1, 0)
	f.Server = httptest.NewServer(f.server.Handler())
	t.Cleanup(queue.Close)
	t.Cleanup(f.Close)
	return f, g
}

// listen calls Serve with a new listener and sends the following requests there. served gets the result after stop.
func (f *fixture) listen(t *testing.T) (served chan error, stop context.CancelFunc) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served = make(chan error, 1)
	go func() { served <- f.server.Serve(ctx, Listeners{API: listener, Metrics: f.metrics}) }()
	f.URL = "http://" + listener.Addr().String()
	return served, stop
}

func newTestServer(t *testing.T, s *Server) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	return server
}

func readAll(t *testing.T, r io.Reader) string {
	t.Helper()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
