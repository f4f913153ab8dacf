package batching

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"skillspace/embedding"
	"skillspace/extract"
	"skillspace/index"
	"skillspace/internal/libtorch"
)

// Model is what the workers call, each from a thread of its own.
type Model interface {
	// Share is called by a worker before each of its batches: so many workers have one now, and the processor is to be shared among them.
	Share(workers int) error
	// ExtractPrepared finds the skills of ads, each with its own options.
	ExtractPrepared(ctx context.Context, ads []extract.Ad) ([][]extract.Found, error)
	// EmbedTokens returns one unit vector a text.
	EmbedTokens(ctx context.Context, texts [][]int32) (embedding.Vectors, error)
	// Best returns the wanted skills of each vector, best first.
	Best(ctx context.Context, queries embedding.Vectors, limit func(query int) index.Limit) ([][]index.Match, error)
}

// Of returns the model that an extractor holds. Its workers share the threads that libtorch may use now.
func Of(x *extract.Extractor) Model { return extractor{x, libtorch.Threads()} }

// mostWorkers is enough to keep a large machine busy; each holds a batch's activations.
const mostWorkers = 8

// Workers returns how many workers suit an extractor where so many are wanted, 0 for as many as are of use: a GPU computes one batch at a time.
func Workers(wanted int, x *extract.Extractor) int {
	switch {
	case x.Embedder.Tower.Device().IsCUDA():
		return 1
	case wanted > 0:
		return wanted
	}
	threads := libtorch.Threads()
	each := (threads + mostWorkers - 1) / mostWorkers // as many threads for every worker, and few without one
	return threads / each
}

type extractor struct {
	*extract.Extractor
	threads int
}

func (x extractor) Share(workers int) error {
	return libtorch.ShareThreads(max(x.threads/workers, 1))
}

func (x extractor) EmbedTokens(ctx context.Context, texts [][]int32) (embedding.Vectors, error) {
	return x.Embedder.EmbedTokens(ctx, texts, nil)
}

func (x extractor) Best(ctx context.Context, queries embedding.Vectors, limit func(query int) index.Limit) ([][]index.Match, error) {
	return x.Index.Search(ctx, queries, limit)
}

// PanicError is a panic inside the model, which ends the requests of its batch and nothing else.
type PanicError struct {
	Value any
	Stack []byte
}

// Error returns the message, without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// work is a worker. It keeps to one thread: the number of threads that an operation may use is a setting of the thread that calls it, and OpenMP and
// MKL give every thread that computes helpers and buffers of its own.
func (q *Queue) work() {
	runtime.LockOSThread()
	for {
		b, busy := q.take()
		if b == nil {
			return
		}
		started := time.Now()
		waited := time.Duration(0)
		for _, p := range b {
			waited = max(waited, started.Sub(p.job.enqueued))
		}
		err := q.model.Share(busy)
		if err == nil {
			err = q.pass(b)
		}
		if err != nil && len(b) > 1 {
			q.passAlone(b)
		} else {
			q.finish(b, err)
		}
		took := time.Since(started)
		q.mu.Lock()
		q.busy--
		q.done.add(b.tokens(), took/time.Duration(busy)) // the others' batches are done in that time too
		q.mu.Unlock()
		q.report(Report{Requests: len(b.jobs()), Pieces: len(b), Tokens: b.tokens(), Waited: waited, Took: took})
	}
}

// passAlone runs the pieces of a batch that failed one by one, so that a fault stays with the request that has it.
func (q *Queue) passAlone(b batch) {
	for i := range b {
		alone := b[i : i+1]
		err := alone[0].job.ctx.Err()
		if err == nil {
			err = q.pass(alone)
		}
		q.finish(alone, err)
	}
}

// pass takes a batch through the model. It stops early when no request wants the result any more.
func (q *Queue) pass(b batch) (err error) {
	ctx, cancel := whileWanted(b.jobs())
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{p, debug.Stack()}
		}
	}()
	if err := q.passAds(ctx, b); err != nil {
		return err
	}
	return q.passTexts(ctx, b)
}

// whileWanted returns a context that is done when the contexts of all jobs are.
func whileWanted(jobs []*job) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	var wanted atomic.Int64
	wanted.Store(int64(len(jobs)))
	stops := make([]func() bool, len(jobs))
	for i, j := range jobs {
		stops[i] = context.AfterFunc(j.ctx, func() {
			if wanted.Add(-1) == 0 {
				cancel()
			}
		})
	}
	return ctx, func() {
		for _, stop := range stops {
			stop()
		}
		cancel()
	}
}

func (q *Queue) passAds(ctx context.Context, b batch) error {
	var ads []extract.Ad
	var of []piece
	for _, p := range b {
		if p.job.ads != nil {
			ads, of = append(ads, p.job.ads[p.index]), append(of, p)
		}
	}
	if len(ads) == 0 {
		return nil
	}
	found, err := q.model.ExtractPrepared(ctx, ads)
	if err != nil {
		return err
	}
	for i, p := range of {
		p.job.found[p.index] = found[i]
	}
	return nil
}

func (q *Queue) passTexts(ctx context.Context, b batch) error {
	var texts [][]int32
	var of []piece
	for _, p := range b {
		if p.job.texts != nil {
			texts, of = append(texts, p.job.texts[p.index]), append(of, p)
		}
	}
	if len(texts) == 0 {
		return nil
	}
	vectors, err := q.model.EmbedTokens(ctx, texts)
	if err != nil {
		return err
	}
	for i, p := range of {
		p.job.vectors[p.index] = vectors.Row(i)
		if p.job.search == 0 {
			continue
		}
		matches, err := q.model.Best(ctx, embedding.Vectors{Dimension: vectors.Dimension, Data: vectors.Row(i)},
			func(int) index.Limit { return index.Limit{K: p.job.search, Threshold: -1} })
		if err != nil {
			return err
		}
		p.job.matches[p.index] = matches[0]
	}
	return nil
}
