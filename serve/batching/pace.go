package batching

import "time"

const (
	// batchTime is the time that one batch should take. A short batch lets a worker turn to other requests, and stop soon for
	// clients that have left. A long batch computes more tokens a second.
	batchTime = 2 * time.Second

	// minBatchTokens is the smallest limit of a batch, however slow the processor is. It is also the limit before the first
	// measurement.
	minBatchTokens = 512

	// minBatches is the number of batches after which the measured speed may turn requests away.
	minBatches = 4
)

// pace measures the speed of the last batches, of all workers together. Large batches have more weight, because the speed of a small
// batch says little about a full queue.
type pace struct {
	batches         int
	tokens, seconds float64 // sums over all batches; each batch has 7/8 of the weight of the next one
}

// add records a batch. took is the time that the batch would have taken if its worker had the processor to itself. A batch that
// stopped early was slower than its tokens say, so it counts only if it lowers the speed.
func (p *pace) add(tokens int, took time.Duration, complete bool) {
	if !complete && p.batches > 0 && took <= p.timeFor(float64(tokens)) {
		return
	}
	const keep = 7.0 / 8
	p.batches++
	p.tokens = keep*p.tokens + float64(tokens)
	p.seconds = keep*p.seconds + max(took.Seconds(), 1e-6)
}

// known reports whether there are enough measurements to turn a request away.
func (p *pace) known() bool { return p.batches >= minBatches }

// timeFor returns the time in which all workers together compute the given number of tokens. It is 0 before the first batch.
func (p *pace) timeFor(tokens float64) time.Duration {
	if p.batches == 0 {
		return 0
	}
	return time.Duration(tokens * p.seconds / p.tokens * float64(time.Second))
}

// batchTokens returns the limit of a batch: at most most, and fewer where one of the workers would need longer than batchTime.
func (p *pace) batchTokens(most, workers int) int {
	if p.batches == 0 {
		return min(most, minBatchTokens)
	}
	inTime := batchTime.Seconds() * p.tokens / p.seconds / float64(workers)
	if inTime >= float64(most) {
		return most
	}
	return min(most, max(int(inTime), minBatchTokens))
}
