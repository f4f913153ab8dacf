package llm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// errBudget means that a question was not asked because the budget is spent.
var errBudget = errors.New("the budget is spent")

// grace is the time that a running request has to return its answer after the run is cancelled. The answer is
// paid for.
const grace = 10 * time.Second

// givenUp is a question without an answer after all retries, or one that the server refuses. Other questions may
// still succeed.
type givenUp struct{ cause *fault }

func (g *givenUp) Error() string { return g.cause.Error() }

// patience is the number of unanswered questions in a row after which the run ends.
const patience = 5

// asker gets answers from the journal or from the server. It is safe for concurrent use.
type asker struct {
	o       *Settings
	server  *server
	journal *journal
	limiter *limiter
	budget  *budget
	facts   facts
	failed  atomic.Int32 // questions given up since the last answer
}

// facts count the work of this run. The corpus may also use answers of earlier runs.
type facts struct{ asked, tokens, repeats atomic.Int64 }

// known returns the journal's answer to a question, or nil.
func (a *asker) known(q question) (*answer, error) {
	for _, r := range []*request{q.schema, q.text} {
		if r == nil {
			continue
		}
		key, err := r.key()
		if err != nil {
			return nil, err
		}
		if got := a.journal.find(key); got != nil {
			return got, nil
		}
	}
	return nil, nil
}

// ask gets an answer from the server and adds it to the journal. The error is errBudget, a *givenUp, or one that
// ends the run.
func (a *asker) ask(ctx context.Context, q question) (*answer, error) {
	got, err := a.either(ctx, q)
	if err == nil {
		a.failed.Store(0)
	} else if up, ok := errors.AsType[*givenUp](err); ok {
		if n := a.failed.Add(1); n >= patience {
			return nil, fmt.Errorf("%d questions in a row got no answer; the last: %w", n, up.cause)
		}
	}
	return got, err
}

// either asks in the preferred form, and in the other form if the server refuses the first.
func (a *asker) either(ctx context.Context, q question) (*answer, error) {
	if q.schema == nil || q.text != nil && a.journal.refusesSchema(q.schema.Model) {
		return a.persist(ctx, q.text)
	}
	got, refusal := a.persist(ctx, q.schema)
	var up *givenUp
	if q.text == nil || !errors.As(refusal, &up) || up.cause.kind != refused {
		return got, refusal
	}
	// If the server answers the same question without a schema, it refused the schema.
	got, err := a.persist(ctx, q.text)
	if err != nil || a.journal.refusesSchema(q.schema.Model) {
		return got, err
	}
	slog.Info("the server refuses response_format; answers are asked for as plain text from here on", "reason", refusal)
	return got, a.journal.add(&record{Refuses: q.schema.Model})
}

// persist repeats a request until it is answered, and adds the answer to the journal.
func (a *asker) persist(ctx context.Context, r *request) (*answer, error) {
	key, err := r.key()
	if err != nil {
		return nil, err
	}
	for try := 0; ; try++ {
		got, err := a.attempt(ctx, key, r)
		if err == nil {
			return got, nil
		}
		var f *fault
		switch {
		case !errors.As(err, &f):
			return nil, err
		case f.kind == hopeless:
			return nil, fmt.Errorf("ask %s: %w", r.Model, f)
		case f.kind == refused || try >= a.o.Retries:
			return nil, &givenUp{f}
		}
		wait := backoff(a.o.Backoff, try, f.after)
		if f.after > 0 {
			a.limiter.pause(f.after)
		}
		if f.after > 10*time.Second {
			slog.Info("the server asks to wait", "for", f.after, "reason", f)
		}
		a.facts.repeats.Add(1)
		if err := sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
}

// attempt sends a request once. The answer is on the disk before attempt returns.
func (a *asker) attempt(ctx context.Context, key string, r *request) (*answer, error) {
	if !a.budget.reserve(r.tokens()) {
		return nil, errBudget
	}
	var got *answer
	defer func() { a.budget.settle(r.tokens(), got) }()
	if err := a.limiter.wait(ctx, r.tokens()); err != nil {
		return nil, err
	}
	// A running request continues briefly after the run is cancelled, since the server may have done the work
	// already.
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-late.Done():
		}
	})
	defer stop()
	said, err := a.server.ask(late, r)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	if err := a.journal.add(&record{Key: key, Answer: said}); err != nil {
		return nil, err
	}
	got = said
	a.facts.asked.Add(1)
	a.facts.tokens.Add(int64(said.tokens()))
	return got, nil
}
