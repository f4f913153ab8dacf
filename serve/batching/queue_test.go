package batching

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"skillspace/embedding"
	"skillspace/extract"
	"skillspace/index"
)

// fake embeds a text as its first token. Each value of its gate lets one batch pass.
type fake struct {
	gate chan struct{}

	mu       sync.Mutex
	shares   []int
	batches  []string
	started  chan struct{}
	stopped  int // passes that ended because all clients had left
	panicsAt int32
}

func newFake() *fake { return &fake{gate: make(chan struct{}), started: make(chan struct{}, 100)} }

func (f *fake) Share(workers int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.shares = append(f.shares, workers)
	return nil
}

func (f *fake) ExtractPrepared(context.Context, []extract.Ad) ([][]extract.Found, error) {
	return nil, errors.New("no ads here")
}

func (f *fake) EmbedTokens(ctx context.Context, texts [][]int32) (embedding.Vectors, error) {
	out := embedding.Vectors{Dimension: 1}
	var names []string
	for _, ids := range texts {
		names = append(names, fmt.Sprint(ids[0]))
		out.Data = append(out.Data, float32(ids[0]))
	}
	f.mu.Lock()
	f.batches = append(f.batches, strings.Join(names, " "))
	f.mu.Unlock()
	f.started <- struct{}{}
	select {
	case <-f.gate:
	case <-ctx.Done():
		f.mu.Lock()
		f.stopped++
		f.mu.Unlock()
		return embedding.Vectors{}, ctx.Err()
	}
	if f.panicsAt != 0 && slices.ContainsFunc(texts, func(ids []int32) bool { return ids[0] == f.panicsAt }) {
		panic("a bad text")
	}
	return out, nil
}

func (f *fake) Best(_ context.Context, _ embedding.Vectors, limit func(int) index.Limit) ([][]index.Match, error) {
	matches := []index.Match{{Skill: 1, Score: 0.9}, {Skill: 2, Score: 0.5}, {Skill: 0, Score: 0.1}}
	return [][]index.Match{matches[:min(limit(0).K, len(matches))]}, nil
}

// text returns a text with a number of tokens. Its first token is its name.
func text(name int32, tokens int) []int32 {
	ids := make([]int32, tokens)
	ids[0] = name
	return ids
}

type outcome struct {
	vectors [][]float32
	err     error
}

func embed(ctx context.Context, q *Queue, texts ...[]int32) chan outcome {
	done := make(chan outcome, 1)
	go func() {
		vectors, err := q.Embed(ctx, texts)
		done <- outcome{vectors, err}
	}()
	return done
}

// waitFor waits until a number of requests wait in the queue.
func waitFor(t *testing.T, q *Queue, requests int) {
	t.Helper()
	for range 5000 {
		if n, _ := q.Waiting(); n == requests {
			return
		}
		time.Sleep(time.Millisecond)
	}
	n, _ := q.Waiting()
	t.Fatalf("%d requests wait, want %d", n, requests)
}

func TestBatchesTakeTurns(t *testing.T) {
	f := newFake()
	var mu sync.Mutex
	var reports []BatchStats
	q := New(f, Limits{BatchTokens: 20, QueueTokens: 1000}, func(r BatchStats) { mu.Lock(); reports = append(reports, r); mu.Unlock() })
	first := embed(t.Context(), q, text(1, 5)) // alone: it does not wait
	<-f.started
	long := embed(t.Context(), q, text(20, 8), text(21, 8), text(22, 8), text(23, 30))
	waitFor(t, q, 1)
	short := embed(t.Context(), q, text(3, 8))
	waitFor(t, q, 2)
	if _, tokens := q.Waiting(); tokens != 62 {
		t.Errorf("%d tokens wait, want 62", tokens)
	}
	close(f.gate)
	if got := <-first; got.err != nil || got.vectors[0][0] != 1 {
		t.Errorf("%+v", got)
	}
	if got := <-short; got.err != nil || got.vectors[0][0] != 3 {
		t.Errorf("%+v", got)
	}
	got := <-long
	if got.err != nil || fmt.Sprint(got.vectors) != "[[20] [21] [22] [23]]" {
		t.Errorf("%+v", got)
	}
	q.Close()
	// The short request is in the first batch after it came, and a text beyond the budget is a batch of its own.
	if want := []string{"1", "20 3", "21 22", "23"}; !slices.Equal(f.batches, want) {
		t.Errorf("batches %q, want %q", f.batches, want)
	}
	if len(reports) != 4 || reports[1].Requests != 2 || reports[1].Pieces != 2 || reports[1].Tokens != 16 {
		t.Errorf("%+v", reports)
	}
}

// Each worker takes a batch while requests wait, and learns how many workers have one.
func TestWorkersShare(t *testing.T) {
	f := newFake()
	q := New(f, Limits{BatchTokens: 10, QueueTokens: 1000, Workers: 2}, nil)
	both := embed(t.Context(), q, text(1, 10), text(2, 10))
	<-f.started
	<-f.started // of the same request, although the first is not done
	third := embed(t.Context(), q, text(3, 10))
	waitFor(t, q, 1)
	f.gate <- struct{}{}
	<-f.started
	close(f.gate)
	if got := <-both; got.err != nil || fmt.Sprint(got.vectors) != "[[1] [2]]" {
		t.Errorf("%+v", got)
	}
	if got := <-third; got.err != nil || got.vectors[0][0] != 3 {
		t.Errorf("%+v", got)
	}
	q.Close()
	alone := New(f, Limits{BatchTokens: 10, QueueTokens: 1000, Workers: 2}, nil)
	if got := <-embed(t.Context(), alone, text(4, 10)); got.err != nil {
		t.Error(got.err)
	}
	alone.Close()
	slices.Sort(f.shares) // the order of the workers is not fixed
	if want := []int{1, 1, 2, 2}; !slices.Equal(f.shares, want) {
		t.Errorf("shared among %v, want %v", f.shares, want)
	}
}

func TestFull(t *testing.T) {
	f := newFake()
	q := New(f, Limits{BatchTokens: 10, QueueTokens: 20}, nil)
	running := embed(t.Context(), q, text(1, 10))
	<-f.started
	waiting := embed(t.Context(), q, text(2, 15))
	waitFor(t, q, 1)
	var full *FullError
	if _, err := q.Embed(t.Context(), [][]int32{text(3, 6)}); !errors.As(err, &full) || full.RetryAfter < time.Second {
		t.Errorf("%v", err)
	}
	if _, err := q.Embed(t.Context(), [][]int32{text(4, 11), text(4, 10)}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%v", err)
	}
	fits := embed(t.Context(), q, text(5, 5))
	waitFor(t, q, 2)
	close(f.gate)
	for _, done := range []chan outcome{running, waiting, fits} {
		if got := <-done; got.err != nil {
			t.Error(got.err)
		}
	}
	q.Close()
	if _, err := q.Embed(t.Context(), [][]int32{text(6, 1)}); !errors.Is(err, ErrClosed) {
		t.Errorf("%v", err)
	}
}

// A request that would be late is refused at once.
func TestTooLate(t *testing.T) {
	f := newFake()
	q := New(f, Limits{BatchTokens: 10, QueueTokens: 1000}, nil)
	for range minBatches { // each takes 50 ms for 5 tokens
		slow := embed(t.Context(), q, text(1, 5))
		<-f.started
		time.Sleep(50 * time.Millisecond)
		f.gate <- struct{}{}
		<-slow
	}
	running := embed(t.Context(), q, text(2, 10))
	<-f.started
	waiting := embed(t.Context(), q, text(3, 100)) // a second's work
	waitFor(t, q, 1)
	hasty, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	var full *FullError
	if _, err := q.Embed(hasty, [][]int32{text(4, 1)}); !errors.As(err, &full) || full.RetryAfter < time.Second {
		t.Errorf("%v", err)
	}
	patient, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	fits := embed(patient, q, text(5, 1))
	waitFor(t, q, 2)
	close(f.gate)
	for _, done := range []chan outcome{running, waiting, fits} {
		if got := <-done; got.err != nil {
			t.Error(got.err)
		}
	}
	q.Close()
}

func TestNobodyWaits(t *testing.T) {
	f := newFake()
	q := New(f, Limits{BatchTokens: 100, QueueTokens: 100}, nil)
	ctx, leave := context.WithCancel(t.Context())
	left := embed(ctx, q, text(1, 1), text(2, 1))
	<-f.started
	gone, leaveToo := context.WithCancel(t.Context())
	leftWaiting := embed(gone, q, text(3, 40))
	waitFor(t, q, 1)
	leaveToo()
	if got := <-leftWaiting; !errors.Is(got.err, context.Canceled) {
		t.Errorf("%v", got.err)
	}
	if n, tokens := q.Waiting(); n != 0 || tokens != 0 {
		t.Errorf("%d requests with %d tokens wait for clients that have left", n, tokens)
	}
	leave() // the last client of the running batch leaves
	if got := <-left; !errors.Is(got.err, context.Canceled) {
		t.Errorf("%v", got.err)
	}
	stays := embed(t.Context(), q, text(4, 1))
	<-f.started
	f.mu.Lock()
	if f.stopped != 1 {
		t.Errorf("%d passes stopped early, want 1", f.stopped)
	}
	f.mu.Unlock()
	close(f.gate)
	if got := <-stays; got.err != nil {
		t.Error(got.err)
	}
	q.Close()
}

// A batch continues as long as one of its clients is there. A fault fails only the request that has it.
func TestFaultsStayWithTheirRequest(t *testing.T) {
	f := newFake()
	f.panicsAt = 13
	q := New(f, Limits{BatchTokens: 100, QueueTokens: 100}, nil)
	first := embed(t.Context(), q, text(1, 1))
	<-f.started
	ctx, leave := context.WithCancel(t.Context())
	left := embed(ctx, q, text(2, 1))
	waitFor(t, q, 1)
	bad := embed(t.Context(), q, text(13, 1), text(14, 90))
	waitFor(t, q, 2)
	good := embed(t.Context(), q, text(3, 1))
	waitFor(t, q, 3)
	f.gate <- struct{}{}
	<-first
	<-f.started // the batch of the three
	leave()
	<-left
	close(f.gate)
	if got := <-good; got.err != nil || got.vectors[0][0] != 3 {
		t.Errorf("%+v", got)
	}
	var panicked *PanicError
	if got := <-bad; !errors.As(got.err, &panicked) || len(panicked.Stack) == 0 || !strings.Contains(got.err.Error(), "a bad text") {
		t.Errorf("%v", got.err)
	}
	if f.stopped != 0 {
		t.Error("a batch stopped that a request still wanted")
	}
	q.Close()
}

func TestCloseFinishesWhatWasTaken(t *testing.T) {
	f := newFake()
	q := New(f, Limits{BatchTokens: 1, QueueTokens: 100}, nil)
	done := embed(t.Context(), q, text(1, 1), text(2, 1), text(3, 1))
	<-f.started
	closed := make(chan struct{})
	go func() { q.Close(); close(closed) }()
	close(f.gate)
	if got := <-done; got.err != nil || len(got.vectors) != 3 {
		t.Errorf("%+v", got)
	}
	<-closed
}

func TestSearch(t *testing.T) {
	f := newFake()
	close(f.gate)
	q := New(f, Limits{BatchTokens: 10, QueueTokens: 10}, nil)
	defer q.Close()
	matches, err := q.Search(t.Context(), text(1, 2), 2)
	if want := []index.Match{{Skill: 1, Score: 0.9}, {Skill: 2, Score: 0.5}}; err != nil || !slices.Equal(matches, want) {
		t.Errorf("%v, %v", matches, err)
	}
}
