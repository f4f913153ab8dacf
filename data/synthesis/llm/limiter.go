package llm

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limiter keeps requests within the configured rates. It holds all of them back while the server asks for a
// pause.
type limiter struct {
	requests, tokens *rate.Limiter // nil: no limit

	mu     sync.Mutex
	resume time.Time
}

func newLimiter(requestsPerMinute, tokensPerMinute int) *limiter {
	l := &limiter{}
	if requestsPerMinute > 0 {
		l.requests = rate.NewLimiter(rate.Limit(float64(requestsPerMinute)/60), 1)
	}
	if tokensPerMinute > 0 {
		l.tokens = rate.NewLimiter(rate.Limit(float64(tokensPerMinute)/60), 1)
	}
	return l
}

// wait returns when a request with the given number of tokens may be sent, or returns ctx's error.
func (l *limiter) wait(ctx context.Context, tokens int) error {
	if l.tokens != nil {
		l.mu.Lock()
		l.tokens.SetBurst(max(l.tokens.Burst(), tokens)) // the burst is one request at most, so a minute holds the rate plus one request
		l.mu.Unlock()
		if err := l.tokens.WaitN(ctx, tokens); err != nil {
			return err
		}
	}
	if l.requests != nil {
		if err := l.requests.Wait(ctx); err != nil {
			return err
		}
	}
	for {
		l.mu.Lock()
		left := time.Until(l.resume)
		l.mu.Unlock()
		if left <= 0 {
			return ctx.Err()
		}
		if err := sleep(ctx, left); err != nil {
			return err
		}
	}
}

// pause holds all requests back for a while.
func (l *limiter) pause(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at := time.Now().Add(d); at.After(l.resume) {
		l.resume = at
	}
}

// longestBackoff bounds the mean wait between two attempts.
const longestBackoff = time.Minute

// backoff is the wait before attempt number try+1 (try from 0). The mean is base doubled try times, and the wait
// is never shorter than the server asks for. The jitter, half to one and a half times the mean, spreads calls
// that failed at the same time.
func backoff(base time.Duration, try int, asked time.Duration) time.Duration {
	mean := longestBackoff
	if try < 16 {
		mean = min(mean, base<<try)
	}
	wait := time.Duration((0.5 + rand.Float64()) * float64(mean))
	if asked > 0 {
		return asked + wait/4
	}
	return wait
}

// sleep waits. It ends early with ctx's error.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
