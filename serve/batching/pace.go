package batching

import "time"

// pace is the speed of the last batches, of all workers together. Long ones count for more: small ones tell little of what a full queue takes.
type pace struct {
	batches         int
	tokens, seconds float64 // of all batches, each counting 7/8 of the one after it
}

// fewBatches tell nothing yet: the first may have been alone on a machine that was busy elsewhere.
const fewBatches = 4

func (p *pace) add(tokens int, took time.Duration) {
	const keep = 7.0 / 8
	p.batches++
	p.tokens = keep*p.tokens + float64(tokens)
	p.seconds = keep*p.seconds + max(took.Seconds(), 1e-6)
}

// known reports whether enough was measured to turn a request away for it.
func (p *pace) known() bool { return p.batches >= fewBatches }

// speed returns tokens a second; there must have been a batch.
func (p *pace) speed() float64 { return p.tokens / p.seconds }
