package llm

import (
	"fmt"
	"sync"
)

// budget holds what may still be spent. A request reserves what it may cost at most before it is sent, so that no limit is overrun.
type budget struct {
	mu       sync.Mutex
	settled  sync.Cond
	requests int // limits; 0 for none
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

// reserve sets the cost of a request aside. It waits for requests on their way, which may cost less than was set aside for them. It
// returns false, then and ever after, when the budget has no room.
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

// reserveNow is reserve that does not wait for requests on their way.
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

// book counts an answer whose cost was not reserved, or is given back apart.
func (b *budget) book(got *answer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spentRequests++
	b.spentTokens += got.tokens()
}

// settle gives back what was reserved for a request, and books what it cost: nil for nothing.
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

// note says what stopped the run.
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
