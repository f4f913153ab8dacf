// Package batching lets concurrent requests share forward passes. It has a bounded queue, and workers that pass the waiting requests
// through the model. It knows no HTTP and no text: requests are tokenised before they come here.
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

// Errors of a queue that refuses a request.
var (
	ErrClosed   = errors.New("the queue is closed")
	ErrTooLarge = errors.New("the request is larger than the queue")
)

// FullError means that too much work is waiting: more than the queue holds, or more than the workers finish in time.
type FullError struct {
	RetryAfter time.Duration // time until the waiting work is done, at the speed of the last batches
}

// Error returns the message.
func (e *FullError) Error() string { return "the queue is full" }

// Limits bound the batches and the queue. Tokens are those of the embedder.
type Limits struct {
	BatchTokens int // of a batch; one ad may have more. A slow processor gets smaller batches.
	QueueTokens int // of all requests that wait
	Workers     int // batches at a time; below 1 means 1

	// Speed is a first measurement in tokens a second; 0: none. Without it the queue accepts everything until it has measured a few
	// batches itself.
	Speed float64
}

// BatchStats describes a batch that is done.
type BatchStats struct {
	Requests, Pieces, Tokens int
	Waited                   time.Duration // the longest wait of a piece
	Took                     time.Duration
}

// Queue collects requests into batches. Waiting requests take turns, and each turn adds one ad or text to the batch. A request with
// many ads therefore does not hold up the requests behind it. A batch does not wait for more requests to arrive: batches grow while
// all workers are busy.
type Queue struct {
	model  Model
	limits Limits
	report func(BatchStats)

	mu      sync.Mutex
	changed *sync.Cond
	pending []*job // jobs with a piece that waits, the next one first
	waiting int    // their tokens
	closed  bool
	running []*pass // batches in the model
	pace    pace
	workers sync.WaitGroup
}

// pass is a batch on its way through the model.
type pass struct {
	batch   batch
	started time.Time
	sharing int // batches in the model when this one started, itself included
}

// New starts the workers. Each worker calls report after each of its batches; report may be nil.
func New(m Model, l Limits, report func(BatchStats)) *Queue {
	l.Workers = max(l.Workers, 1)
	q := &Queue{model: m, limits: l, report: report}
	if l.Speed > 0 {
		q.pace = pace{batches: minBatches, tokens: minBatchTokens, seconds: minBatchTokens / l.Speed}
	}
	if report == nil {
		q.report = func(BatchStats) {}
	}
	q.changed = sync.NewCond(&q.mu)
	for range l.Workers {
		q.workers.Go(q.work)
	}
	return q
}

// Close refuses new requests, waits for the accepted ones, and ends the workers.
func (q *Queue) Close() {
	q.mu.Lock()
	q.closed = true
	q.changed.Broadcast()
	q.mu.Unlock()
	q.workers.Wait()
}

// Waiting returns the number of requests with a part that waits, and the tokens of those parts.
func (q *Queue) Waiting() (requests, tokens int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.pending), q.waiting
}

// Extract finds the skills of ads, in order. If ctx ends first, Extract returns its error.
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

// Embed returns one unit vector for each text, in order.
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

// run adds a job to the queue and waits until the job or its context is done.
func (q *Queue) run(ctx context.Context, j *job) error {
	j.ctx, j.enqueued, j.done, j.open = ctx, time.Now(), make(chan struct{}), j.pieces()
	if deadline, ok := ctx.Deadline(); ok {
		j.due = j.enqueued.Add(deadline.Sub(j.enqueued) * 4 / 5) // the speed is an estimate, so a fifth is kept in reserve
	}
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
	case q.waiting+cost > q.limits.QueueTokens, q.tooLate(j, cost):
		return &FullError{RetryAfter: roundUp(q.backlog(j.enqueued))}
	}
	q.pending = append(q.pending, j)
	q.waiting += cost
	q.changed.Signal()
	return nil
}

// tooLate reports whether job j, with the given number of tokens, would make itself or a waiting job late. In whatever order the workers take the
// pieces, all of them are done when the backlog is. A job with no work before it is never too late: there is no wait to save it from,
// and its time is a new measurement.
func (q *Queue) tooLate(j *job, cost int) bool {
	if !q.pace.known() || len(q.pending) == 0 && len(q.running) == 0 {
		return false
	}
	now := j.enqueued
	finished := now.Add(q.backlog(now) + q.pace.timeFor(float64(cost)))
	if !j.due.IsZero() && finished.After(j.due) {
		return true
	}
	return slices.ContainsFunc(q.pending, func(p *job) bool {
		return p.due.After(now) && finished.After(p.due) // a job past its time cannot be helped
	})
}

// backlog returns the time until the workers have computed all running and waiting tokens.
func (q *Queue) backlog(now time.Time) time.Duration {
	total := q.pace.timeFor(float64(q.waiting))
	for _, p := range q.running {
		left := q.pace.timeFor(float64(p.batch.tokens())) - now.Sub(p.started)/time.Duration(p.sharing)
		total += max(left, 0)
	}
	return total
}

// roundUp returns whole seconds, at least 1 and at most 60.
func roundUp(d time.Duration) time.Duration {
	return time.Duration(min(max(math.Ceil(d.Seconds()), 1), 60)) * time.Second
}

// drop removes a job's waiting pieces from the queue.
func (q *Queue) drop(j *job) {
	if i := slices.Index(q.pending, j); i >= 0 {
		q.pending = slices.Delete(q.pending, i, i+1)
		q.waiting -= j.costFrom(j.next)
		j.next = j.pieces()
	}
}

// take waits for work and returns the next batch as a pass. It returns nil when the queue is closed and empty.
func (q *Queue) take() *pass {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.pending) == 0 && !q.closed {
		q.changed.Wait()
	}
	if len(q.pending) == 0 {
		return nil
	}
	most := q.pace.batchTokens(q.limits.BatchTokens, q.limits.Workers)
	tokens := 0
	var b batch
	for len(q.pending) > 0 {
		j := q.pending[0]
		cost := j.cost(j.next)
		if len(b) > 0 && tokens+cost > most {
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
		q.changed.Signal() // an idle worker can take the rest
	}
	p := &pass{batch: b, started: time.Now(), sharing: len(q.running) + 1}
	q.running = append(q.running, p)
	return p
}

// finish records that pieces are done or have failed. The failure of a piece drops the rest of its job.
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

// end removes a pass that is done, and measures it.
func (q *Queue) end(p *pass, took time.Duration, complete bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.running = slices.DeleteFunc(q.running, func(r *pass) bool { return r == p })
	// The workers beside it compute their batches in the same time.
	q.pace.add(p.batch.tokens(), took/time.Duration(p.sharing), complete)
}
