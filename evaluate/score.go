package evaluate

import (
	"context"
	"fmt"
	"iter"
	"math"

	"skillspace/data/corpus"
)

// scoreQueries scores the benchmark's texts in chunks and calls each with a row for every query, in order. The texts of
// an ad may be in several chunks, so a huge ad needs no more memory than many small ones. The row is only valid during
// the call.
func scoreQueries(ctx context.Context, system System, b *Benchmark, chunk int, progress func(done, total int), each func(query int, scoresS []float32)) error {
	total := 0
	for _, q := range b.Queries {
		total += q.count()
	}
	fold := newFold(b, each)
	done := 0
	for texts := range chunks(b.Queries, chunk) {
		if err := scoreChunk(ctx, system, texts, fold); err != nil {
			return fmt.Errorf("texts %d to %d of %d: %w", done+1, done+len(texts), total, err)
		}
		done += len(texts)
		if progress != nil {
			progress(done, total)
		}
	}
	return nil
}

// chunks yields the queries' sentences in slices of size. The next chunk overwrites the slice.
func chunks(queries []Query, size int) iter.Seq[[]corpus.Sentence] {
	return func(yield func([]corpus.Sentence) bool) {
		texts := make([]corpus.Sentence, 0, size)
		for _, q := range queries {
			for _, part := range q.sentences() {
				if texts = append(texts, part); len(texts) < size {
					continue
				}
				if !yield(texts) {
					return
				}
				texts = texts[:0]
			}
		}
		if len(texts) > 0 {
			yield(texts)
		}
	}
}

func scoreChunk(ctx context.Context, system System, texts []corpus.Sentence, fold *fold) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	rows, err := system.Score(ctx, texts)
	if err != nil {
		return err
	}
	if len(rows) != len(texts) {
		return fmt.Errorf("%d rows of scores for %d texts", len(rows), len(texts))
	}
	for i, row := range rows {
		if err := fold.add(row); err != nil {
			return fmt.Errorf("score %q: %w", shorten(texts[i].Text), err)
		}
	}
	return nil
}

// fold takes the maximum over the rows of a query's parts.
type fold struct {
	bench *Benchmark
	each  func(query int, scoresS []float32)
	bestS []float32
	query int // of the next row
	parts int // rows of the query so far
}

func newFold(b *Benchmark, each func(int, []float32)) *fold {
	return &fold{bench: b, each: each, bestS: make([]float32, b.Skills)}
}

func (f *fold) add(scoresS []float32) error {
	if len(scoresS) != f.bench.Skills {
		return fmt.Errorf("%d scores for %d skills", len(scoresS), f.bench.Skills)
	}
	for skill, score := range scoresS {
		if math.IsNaN(float64(score)) {
			return fmt.Errorf("the score of skill %d is NaN", skill)
		}
		if f.parts == 0 || score > f.bestS[skill] {
			f.bestS[skill] = score
		}
	}
	f.parts++
	if f.parts == f.bench.Queries[f.query].count() {
		f.each(f.query, f.bestS)
		f.query, f.parts = f.query+1, 0
	}
	return nil
}

// shorten cuts a text for an error message.
func shorten(text string) string {
	const limit = 60
	runes := 0
	for at := range text {
		if runes == limit {
			return text[:at] + "..."
		}
		runes++
	}
	return text
}
