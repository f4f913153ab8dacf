// Package batching lets concurrent requests share forward passes: a bounded queue, and workers that take what waits through the model.
// It knows no HTTP and reads no text: what comes in is tokenised.
package batching

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"skillspace/extract"
	"skillspace/index"
)

// Errors of a queue that does not take a request.
var (
	ErrClosed   = errors.New("the queue is closed")
	ErrTooLarge = errors.New("the request is larger than the queue")
)

// FullError says that too much is waiting: more than the queue holds, or than is done in the time that the request has.
type FullError struct {
	RetryAfter time.Duration // until what is waiting is done, at the speed of the last batches
}

// Error returns the message.
func (e *FullError) Error() string { return "the queue is full" }

// Limits bound batches and queue, in tokens as the embedder reads them.
type Limits struct {
	BatchTokens int // a batch has no more, unless it is one ad
	QueueTokens int // waiting for a batch
	Workers     int // batches at a time; below 1 stands for 1
}

// Report tells of one batch.
type Report struct {
	Requests, Pieces, Tokens int
	Waited                   time.Duration // of the piece that waited longest
	Took                     time.Duration
}

// Queue collects requests into batches. A batch takes one ad or text of each waiting request in turn, so that a request of many ads does
// not hold up those behind it. It does not wait for more to come: batches grow while all workers are busy.
type Queue struct {
	model  Model
	limits Limits
	report func(Report)

	mu      sync.Mutex
	changed *sync.Cond
	pending []*job // those with a piece that waits, next first
	waiting int    // tokens
	closed  bool
	busy    int // workers with a batch
	done    pace
	workers sync.WaitGroup
}

// New starts the workers. report, which may be nil, is called after every batch, by its worker.
func New(m Model, l Limits, report func(Report)) *Queue {
	q := &Queue{model: m, limits: l, report: report}
	if report == nil {
		q.report = func(Report) {}
	}
	q.changed = sync.NewCond(&q.mu)
	for range max(l.Workers, 1) {
		q.workers.Go(q.work)
	}
	return q
}

// Close refuses new requests and returns when those taken are done.
func (q *Queue) Close() {
	q.mu.Lock()
	q.closed = true
	q.changed.Broadcast()
	q.mu.Unlock()
	q.workers.Wait()
}

// Waiting returns how many requests have a part that waits, and those parts' tokens.
func (q *Queue) Waiting() (requests, tokens int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.pending), q.waiting
}

// Extract finds the skills of ads, in order. The error is ctx's when that is done first.
func (q *Queue) Extract(ctx context.Context, ads []extract.Ad) ([][]extract.Found, error) {
	if len(ads) == 0 {
		return nil, nil
	}
	j := &job{ads: ads, found: make([][]extract.Found, len(ads))}
	if err := q.run(ctx, j); err != nil {
		return nil, fmt.Errorf("extract: %w", err)
	}
	return j.found, nil
}

// Embed returns one unit vector a text.
func (q *Queue) Embed(ctx context.Context, texts [][]int32) ([][]float32, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	j := &job{texts: texts, vectors: make([][]float32, len(texts))}
	if err := q.run(ctx, j); err != nil {
		return nil, fmt.Errorf("embed: %w", err)
	}
	return j.vectors, nil
}

// Search returns the k skills nearest to a text.
func (q *Queue) Search(ctx context.Context, text []int32, k int) ([]index.Match, error) {
	j := &job{texts: [][]int32{text}, search: k, vectors: make([][]float32, 1), matches: make([][]index.Match, 1)}
	if err := q.run(ctx, j); err != nil {
		return nil, fmt.Errorf("search skills: %w", err)
	}
	return j.matches[0], nil
}

// run waits until a job is done or its context is.
func (q *Queue) run(ctx context.Context, j *job) error {
	j.ctx, j.enqueued, j.done, j.open = ctx, time.Now(), make(chan struct{}), j.pieces()
	if err := q.add(j); err != nil {
		return err
	}
	select {
	case <-j.done:
		return j.failed
	case <-ctx.Done():
		q.mu.Lock()
		q.drop(j)
		q.mu.Unlock()
		return ctx.Err()
	}
}

func (q *Queue) add(j *job) error {
	cost := j.costFrom(0)
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return ErrClosed
	case cost > q.limits.QueueTokens:
		return ErrTooLarge
	case q.waiting+cost > q.limits.QueueTokens, q.tooLate(j.ctx):
		return &FullError{RetryAfter: q.timeFor(q.waiting)}
	}
	q.pending = append(q.pending, j)
	q.waiting += cost
	q.changed.Signal()
	return nil
}

// tooLate reports that what is waiting already takes longer than a request has: to take it would cost time and serve nobody.
func (q *Queue) tooLate(ctx context.Context) bool {
	deadline, limited := ctx.Deadline()
	return limited && q.done.known() && float64(q.waiting)/q.done.speed() > time.Until(deadline).Seconds()
}

// timeFor guesses how long so many tokens take, to the second.
func (q *Queue) timeFor(tokens int) time.Duration {
	if q.done.seconds == 0 {
		return time.Second
	}
	seconds := math.Ceil(float64(tokens) / q.done.speed())
	return time.Duration(min(max(seconds, 1), 60)) * time.Second
}

// drop takes a job's waiting pieces out of the queue.
func (q *Queue) drop(j *job) {
	if i := slices.Index(q.pending, j); i >= 0 {
		q.pending = slices.Delete(q.pending, i, i+1)
		q.waiting -= j.costFrom(j.next)
		j.next = j.pieces()
	}
}

// take waits for work and returns the next batch, and how many workers have one then; nil when the queue is closed and empty.
func (q *Queue) take() (b batch, busy int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.pending) == 0 && !q.closed {
		q.changed.Wait()
	}
	if len(q.pending) > 0 {
		q.busy++
	}
	tokens := 0
	for len(q.pending) > 0 {
		j := q.pending[0]
		cost := j.cost(j.next)
		if len(b) > 0 && tokens+cost > q.limits.BatchTokens {
			break
		}
		b = append(b, piece{j, j.next, cost})
		tokens += cost
		q.waiting -= cost
		q.pending = q.pending[1:]
		if j.next++; j.next < j.pieces() {
			q.pending = append(q.pending, j)
		}
	}
	if len(q.pending) > 0 {
		q.changed.Signal() // another worker may be idle, and no request need come to wake it
	}
	return b, q.busy
}

// finish notes that pieces are done, or that they failed: then the rest of their job is dropped.
func (q *Queue) finish(b batch, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, p := range b {
		j := p.job
		if j.failed != nil {
			continue
		}
		if j.open--; err != nil {
			j.failed = err
			q.drop(j)
		}
		if j.failed != nil || j.open == 0 {
			close(j.done)
		}
	}
}
