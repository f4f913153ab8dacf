package llm

import (
	"fmt"
	"sync"
)

// budget holds the remaining budget. Before a request is sent, it reserves the request's maximum cost, so that no
// limit is exceeded.
type budget struct {
	mu       sync.Mutex
	settled  sync.Cond
	requests int // limits; 0 means none
	tokens   int

	spentRequests, spentTokens int
	openRequests, openTokens   int // reserved
	over                       bool
}

func newBudget(o *Settings, answers, tokens int) *budget {
	b := &budget{requests: o.BudgetRequests, tokens: o.BudgetTokens, spentRequests: answers, spentTokens: tokens}
	b.settled.L = &b.mu
	return b
}

// reserve sets the cost of a request aside. If there is no room, it waits for running requests, which may cost
// less than their reservation. It returns false when the budget has no room, and on all later calls.
func (b *budget) reserve(tokens int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		switch {
		case b.over:
			return false
		case (b.requests == 0 || b.spentRequests+b.openRequests < b.requests) &&
			(b.tokens == 0 || b.spentTokens+b.openTokens+tokens <= b.tokens):
			b.openRequests++
			b.openTokens += tokens
			return true
		case b.openRequests == 0:
			b.over = true
			b.settled.Broadcast()
			return false
		}
		b.settled.Wait()
	}
}

// reserveNow is reserve without waiting for running requests.
func (b *budget) reserveNow(tokens int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over || b.requests > 0 && b.spentRequests+b.openRequests >= b.requests || b.tokens > 0 && b.spentTokens+b.openTokens+tokens > b.tokens {
		return false
	}
	b.openRequests++
	b.openTokens += tokens
	return true
}

// book counts an answer without a reservation, or with one that is released separately.
func (b *budget) book(got *answer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spentRequests++
	b.spentTokens += got.tokens()
}

// settle releases a request's reservation and books its actual cost. A nil answer costs nothing.
func (b *budget) settle(reserved int, got *answer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.openRequests--
	b.openTokens -= reserved
	if got != nil {
		b.spentRequests++
		b.spentTokens += got.tokens()
	}
	b.settled.Broadcast()
}

// note describes the limit that stopped the run.
func (b *budget) note() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return fmt.Sprintf("%d answers and %d tokens are spent, of a budget of %s answers and %s tokens",
		b.spentRequests, b.spentTokens, limitText(b.requests), limitText(b.tokens))
}

func limitText(limit int) string {
	if limit == 0 {
		return "any number of"
	}
	return fmt.Sprint(limit)
}
