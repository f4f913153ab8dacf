package batching

import (
	"context"
	"time"

	"skillspace/extract"
	"skillspace/index"
)

// job is one request: its ads, or texts to embed. Its pieces may be spread over several batches.
type job struct {
	ctx      context.Context
	ads      []extract.Ad
	texts    [][]int32
	search   int // best skills a text to look for, 0 for none
	enqueued time.Time
	done     chan struct{} // closed when every piece is done, or one has failed

	// Below is the queue's, under its lock.
	next   int // the first piece that is not in a batch yet
	open   int // pieces that are not done
	failed error

	// The workers write these, each piece its own element; the request reads them after done.
	found   [][]extract.Found
	vectors [][]float32
	matches [][]index.Match
}

func (j *job) pieces() int { return len(j.ads) + len(j.texts) }

// cost is what piece i counts for in a batch and in the queue. An ad without a sentence counts too.
func (j *job) cost(i int) int {
	if j.ads != nil {
		return max(j.ads[i].Tokens(), 1)
	}
	return max(len(j.texts[i]), 1)
}

// costFrom is the cost of the pieces from i on.
func (j *job) costFrom(i int) int {
	n := 0
	for ; i < j.pieces(); i++ {
		n += j.cost(i)
	}
	return n
}

// piece is an ad or a text of a job.
type piece struct {
	job   *job
	index int
	cost  int
}

// batch is what goes through the model together.
type batch []piece

func (b batch) tokens() int {
	n := 0
	for _, p := range b {
		n += p.cost
	}
	return n
}

// jobs returns the jobs that have a piece in the batch.
func (b batch) jobs() []*job {
	var all []*job
	seen := map[*job]bool{}
	for _, p := range b {
		if !seen[p.job] {
			seen[p.job] = true
			all = append(all, p.job)
		}
	}
	return all
}
