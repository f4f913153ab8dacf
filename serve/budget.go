package serve

import (
	"net/http"
	"sync/atomic"
)

// budget bounds the memory that the requests under way hold together. Every request reserves an upper estimate of what it holds: its
// body, its sentences, its results.
type budget struct {
	limit int64
	used  atomic.Int64
}

// reservation is one request's share of a budget.
type reservation struct {
	budget *budget
	bytes  int64
}

func (b *budget) reserve() *reservation { return &reservation{budget: b} }

// growTo raises the reservation to a number of bytes. It fails if the budget has too little left.
func (r *reservation) growTo(bytes int64) error {
	more := bytes - r.bytes
	if more <= 0 {
		return nil
	}
	if r.budget.used.Add(more) > r.budget.limit {
		r.budget.used.Add(-more)
		if bytes > r.budget.limit {
			return problem(http.StatusRequestEntityTooLarge, "response_too_large", "",
				"the request needs about %d MB of memory and the server has %d MB for all requests; send it in parts", bytes>>20, r.budget.limit>>20)
		}
		return retryProblem(http.StatusTooManyRequests, "too_many_requests", 1, "the requests under way need the memory that the server has for them; try again later")
	}
	r.bytes = bytes
	return nil
}

// release returns the reservation to the budget.
func (r *reservation) release() {
	r.budget.used.Add(-r.bytes)
	r.bytes = 0
}

// Upper estimates of what a request holds, in bytes. TestMemoryEstimates measures them.
const (
	sentenceMemory = 512 // a sentence with its tokens' slices and its result, without the tokens and the skills
	tokenMemory    = 8   // a token for the model, and one for the filter
	matchMemory    = 36  // a skill of a sentence: 32, and what an allocation is rounded up by
	mentionMemory  = 220 // a skill of a sentence while the skills of an ad are collected
)

// bodyMemory is the memory of a body and of the text decoded from it.
func bodyMemory(body int) int64 { return 2 * int64(body) }

// Upper estimates of a response, in bytes of JSON.
const (
	sentenceBytes = 160 // a sentence without its text and its skills
	mentionBytes  = 130 // a mention of a skill without its text and its reason, and the fields of its skill
	escapedByte   = 6   // a byte of text, as \u003c
	floatBytes    = 14  // a number of an embedding
	vectorBytes   = 64  // an embedding without its numbers
)

// checkResponse refuses a request whose response could be larger than the limit.
func checkResponse(estimate, limit int64, advice string) error {
	if estimate <= limit {
		return nil
	}
	return problem(http.StatusRequestEntityTooLarge, "response_too_large", "", "the response could have %d bytes, and the limit is %d; %s", estimate, limit, advice)
}
