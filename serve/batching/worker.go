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

// Model computes batches. Each worker calls it from its own thread.
type Model interface {
	// Share divides the processor among the given number of workers. A worker calls it before each of its batches.
	Share(workers int) error
	// ExtractPrepared finds the skills of ads, each with its own options.
	ExtractPrepared(ctx context.Context, ads []extract.Ad) ([][]extract.Found, error)
	// EmbedTokens returns one unit vector for each text.
	EmbedTokens(ctx context.Context, texts [][]int32) (embedding.Vectors, error)
	// Best returns the skills of each vector, best first.
	Best(ctx context.Context, queries embedding.Vectors, limit func(query int) index.Limit) ([][]index.Match, error)
}

// Of returns the model of an extractor. Its workers share the threads that libtorch may use now.
func Of(x *extract.Extractor) Model { return extractor{x, libtorch.Threads()} }

// maxWorkers keeps a large machine busy. Each worker holds the activations of a batch.
const maxWorkers = 8

// Workers returns the number of workers for an extractor. A GPU gets one, because it computes one batch at a time. On the CPU it is
// wanted, or a number that suits the threads if wanted is 0.
func Workers(wanted int, x *extract.Extractor) int {
	switch {
	case x.Embedder.Tower.Device().IsCUDA():
		return 1
	case wanted > 0:
		return wanted
	}
	threads := libtorch.Threads()
	each := (threads + maxWorkers - 1) / maxWorkers
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

// PanicError is a panic in the model. It fails the requests of its batch and no others.
type PanicError struct {
	Value any
	Stack []byte
}

// Error returns the message, without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// work is the loop of a worker. The worker keeps to one thread of the operating system: the number of threads that an operation may
// use is a setting of the calling thread, and OpenMP and MKL allocate helpers and buffers for every thread that calls them.
func (q *Queue) work() {
	runtime.LockOSThread()
	for {
		p := q.take()
		if p == nil {
			return
		}
		b := p.batch
		waited := time.Duration(0)
		for _, piece := range b {
			waited = max(waited, p.started.Sub(piece.job.enqueued))
		}
		err := q.model.Share(p.sharing)
		if err == nil {
			err = q.compute(b)
		}
		if err != nil && len(b) > 1 {
			q.computeEach(b)
		} else {
			q.finish(b, err)
		}
		took := time.Since(p.started)
		q.end(p, took, err == nil)
		q.report(BatchStats{Requests: len(b.jobs()), Pieces: len(b), Tokens: b.tokens(), Waited: waited, Took: took})
	}
}

// computeEach computes the pieces of a failed batch one by one, so only the request with the fault fails.
func (q *Queue) computeEach(b batch) {
	for i := range b {
		alone := b[i : i+1]
		err := alone[0].job.ctx.Err()
		if err == nil {
			err = q.compute(alone)
		}
		q.finish(alone, err)
	}
}

// compute passes a batch through the model. It stops early when all requests of the batch are gone.
func (q *Queue) compute(b batch) (err error) {
	ctx, cancel := whileWanted(b.jobs())
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{p, debug.Stack()}
		}
	}()
	if err := q.computeAds(ctx, b); err != nil {
		return err
	}
	return q.computeTexts(ctx, b)
}

// whileWanted returns a context that ends when the contexts of all jobs have ended.
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

func (q *Queue) computeAds(ctx context.Context, b batch) error {
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

func (q *Queue) computeTexts(ctx context.Context, b batch) error {
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
