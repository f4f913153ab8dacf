package batching

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"skillspace/embedding"
	"skillspace/extract"
	"skillspace/index"
)

// slow is a model that computes a given number of tokens a second, shared among its callers.
type slow struct {
	speed   float64
	callers atomic.Int64
	longest atomic.Int64 // nanoseconds of a batch
}

func (s *slow) Share(int) error { return nil }

func (s *slow) ExtractPrepared(context.Context, []extract.Ad) ([][]extract.Found, error) {
	return nil, errors.New("no ads here")
}

func (s *slow) EmbedTokens(ctx context.Context, texts [][]int32) (embedding.Vectors, error) {
	out := embedding.Vectors{Dimension: 1}
	tokens := 0
	for _, ids := range texts {
		tokens += len(ids)
		out.Data = append(out.Data, float32(ids[0]))
	}
	started := time.Now()
	s.callers.Add(1)
	defer s.callers.Add(-1)
	const step = 50 * time.Millisecond
	for left := float64(tokens); left > 0; left -= s.speed * step.Seconds() / float64(s.callers.Load()) {
		time.Sleep(step)
		if ctx.Err() != nil {
			return embedding.Vectors{}, ctx.Err()
		}
	}
	took := int64(time.Since(started))
	for {
		longest := s.longest.Load()
		if took <= longest || s.longest.CompareAndSwap(longest, took) {
			return out, nil
		}
	}
}

func (s *slow) Best(context.Context, embedding.Vectors, func(int) index.Limit) ([][]index.Match, error) {
	return nil, errors.New("no search here")
}

// A server that gets twice the load that it can carry answers at least 90% of the requests that it accepts in time, and stays busy.
func TestOverload(t *testing.T) {
	const timeout = 30 * time.Second
	for name, c := range map[string]struct {
		speed   float64 // tokens a second
		workers int
	}{"slow processor": {150, 1}, "two workers": {1000, 2}, "fast": {20_000, 2}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				model := &slow{speed: c.speed}
				q := New(model, Limits{BatchTokens: 4096, QueueTokens: 1 << 30, Workers: c.workers}, nil)
				var refused, late, inTime, tokens atomic.Int64
				var group sync.WaitGroup
				random := rand.New(rand.NewPCG(1, 2))
				began := time.Now()
				for time.Since(began) < 5*time.Minute {
					texts := [][]int32{}
					sum := 0
					for range 1 + 7*random.IntN(2)*random.IntN(2) { // mostly one ad, sometimes eight
						n := 20 + random.IntN(int(c.speed/2))
						texts, sum = append(texts, text(1, n)), sum+n
					}
					group.Go(func() {
						ctx, cancel := context.WithTimeout(t.Context(), timeout)
						defer cancel()
						_, err := q.Embed(ctx, texts)
						var full *FullError
						switch {
						case err == nil:
							inTime.Add(1)
							tokens.Add(int64(sum))
						case errors.As(err, &full):
							refused.Add(1)
						case errors.Is(err, context.DeadlineExceeded):
							late.Add(1)
						default:
							t.Error(err)
						}
					})
					time.Sleep(time.Duration(float64(sum) / c.speed / 2 * float64(time.Second)))
				}
				group.Wait()
				took := time.Since(began).Seconds()
				q.Close()
				accepted := inTime.Load() + late.Load()
				use := float64(tokens.Load()) / took / c.speed
				t.Logf("%d accepted, %d of them late; %d refused; %.0f%% of the processor's time led to an answer; longest batch %v",
					accepted, late.Load(), refused.Load(), 100*use, time.Duration(model.longest.Load()))
				if float64(inTime.Load()) < 0.9*float64(accepted) || use < 0.8 {
					t.Error("too many accepted requests are late, or the processor's time is wasted")
				}
			})
		})
	}
}

// A slow processor gets batches that it can compute soon.
func TestBatchesFollowThePace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		model := &slow{speed: 300}
		var stats []BatchStats
		q := New(model, Limits{BatchTokens: 4096, QueueTokens: 1 << 20}, func(s BatchStats) { stats = append(stats, s) })
		var texts [][]int32
		for range 300 {
			texts = append(texts, text(1, 30))
		}
		if _, err := q.Embed(t.Context(), texts); err != nil {
			t.Fatal(err)
		}
		q.Close()
		for _, s := range stats {
			if s.Took > 2*batchTime {
				t.Errorf("a batch of %d tokens took %v", s.Tokens, s.Took)
			}
		}
		if len(stats) < 10 {
			t.Errorf("%d batches", len(stats))
		}
	})
}

// A running batch counts in the wait.
func TestRunningBatchesCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(&slow{speed: 100}, Limits{BatchTokens: 4096, QueueTokens: 1 << 20}, nil)
		for range minBatches {
			if _, err := q.Embed(t.Context(), [][]int32{text(1, 100)}); err != nil {
				t.Fatal(err)
			}
		}
		running := embed(t.Context(), q, text(2, 2000)) // 20 seconds
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var full *FullError
		if _, err := q.Embed(ctx, [][]int32{text(3, 100)}); !errors.As(err, &full) || full.RetryAfter < 15*time.Second || full.RetryAfter > 20*time.Second {
			t.Errorf("%v, retry after %v", err, full)
		}
		if got := <-running; got.err != nil {
			t.Error(got.err)
		}
		q.Close()
	})
}

// A queue that knows the speed of the model refuses what is too much from the start.
func TestFirstMeasurement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(&slow{speed: 100}, Limits{BatchTokens: 4096, QueueTokens: 1 << 20, Speed: 100}, nil)
		var refused, late, inTime atomic.Int64
		var group sync.WaitGroup
		for range 20 { // 60 seconds of work at once
			group.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				_, err := q.Embed(ctx, [][]int32{text(1, 300)})
				var full *FullError
				switch {
				case err == nil:
					inTime.Add(1)
				case errors.As(err, &full):
					refused.Add(1)
				default:
					late.Add(1)
				}
			})
		}
		group.Wait()
		q.Close()
		if late.Load() > 0 || inTime.Load() < 7 || refused.Load() == 0 {
			t.Errorf("%d in time, %d late, %d refused", inTime.Load(), late.Load(), refused.Load())
		}
	})
}
