package batching

import (
	"context"
	"time"

	"skillspace/extract"
	"skillspace/index"
)

// job is one request: ads to search for skills, or texts to embed. Its pieces may be in several batches.
type job struct {
	ctx      context.Context
	ads      []extract.Ad
	texts    [][]int32
	search   int // skills to find for each text; 0: only embed
	enqueued time.Time
	due      time.Time     // the queue admits no work that would delay the job past this time; zero: no limit
	done     chan struct{} // closed when all pieces are done or one has failed

	// The queue's lock guards these.
	next   int // the first piece that is not in a batch yet
	open   int // pieces that are not done
	failed error

	// The workers write these, one element for each piece. The request reads them when done is closed.
	found   [][]extract.Found
	vectors [][]float32
	matches [][]index.Match
}

func (j *job) pieces() int { return len(j.ads) + len(j.texts) }

// cost returns the tokens of piece i. An ad without a sentence counts as one token.
func (j *job) cost(i int) int {
	if j.ads != nil {
		return max(j.ads[i].Tokens(), 1)
	}
	return max(len(j.texts[i]), 1)
}

// costFrom returns the tokens of the pieces from i on.
func (j *job) costFrom(i int) int {
	n := 0
	for ; i < j.pieces(); i++ {
		n += j.cost(i)
	}
	return n
}

// piece is one ad or one text of a job.
type piece struct {
	job   *job
	index int
	cost  int
}

// batch holds the pieces that share a forward pass.
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
