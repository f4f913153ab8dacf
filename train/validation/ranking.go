// Package validation measures a model while it trains: a bi-encoder by its ranking of the skills, a filter by its decisions,
// which it also calibrates. It fits nothing but a filter's temperature and threshold.
package validation

import (
	"context"
	"fmt"

	"skillspace/data/taxonomy"
	"skillspace/embedding"
	"skillspace/evaluate"
	"skillspace/index"
	"skillspace/train/dataset"
)

// Ranking measures a bi-encoder: it ranks all skills' labels for each query.
type Ranking struct {
	Taxonomy   *taxonomy.Taxonomy
	Queries    []dataset.Query // held out of training
	Benchmarks []string        // files
	Sentences  *embedding.Embedder
	Skills     *embedding.Embedder
}

// Measure returns mrr, rp@1 and so on over the held-out queries or, where benchmarks are given, their mean over the files.
// Names with a prefix are those of one set of queries, such as held_out.mrr.
func (r *Ranking) Measure(ctx context.Context) (map[string]float64, error) {
	labels, err := index.Build(ctx, r.Skills, r.Taxonomy.Skills(), index.LabelsOnly, nil)
	if err != nil {
		return nil, fmt.Errorf("validate: %w", err)
	}
	out := map[string]float64{}
	if len(r.Queries) > 0 {
		values, err := r.rank(ctx, labels, r.Queries)
		if err != nil {
			return nil, err
		}
		record(out, "", values)
		record(out, "held_out.", values)
	}
	return out, r.benchmarks(ctx, labels, out)
}

func (r *Ranking) benchmarks(ctx context.Context, labels *index.Index, out map[string]float64) error {
	var mean evaluate.Values
	for i, path := range r.Benchmarks {
		b, err := evaluate.LoadBenchmark(path, r.Taxonomy, evaluate.Sentence)
		if err != nil {
			return fmt.Errorf("validate: %w", err)
		}
		queries := make([]dataset.Query, len(b.Queries))
		for q, query := range b.Queries {
			queries[q] = dataset.Query{Text: query.Text, Skills: query.Gold}
		}
		values, err := r.rank(ctx, labels, queries)
		if err != nil {
			return err
		}
		record(out, fmt.Sprintf("%s#%d.", b.Name, i+1), values)
		for m := range values {
			mean[m] += values[m] / float64(len(r.Benchmarks))
		}
	}
	if len(r.Benchmarks) > 0 {
		record(out, "", mean)
	}
	return nil
}

func (r *Ranking) rank(ctx context.Context, labels *index.Index, queries []dataset.Query) (evaluate.Values, error) {
	texts := make([]string, len(queries))
	for i, q := range queries {
		texts[i] = q.Text
	}
	vectors, err := r.Sentences.Embed(ctx, texts, nil)
	if err != nil {
		return evaluate.Values{}, fmt.Errorf("validate: %w", err)
	}
	scores, err := labels.Score(ctx, vectors)
	if err != nil {
		return evaluate.Values{}, fmt.Errorf("validate: %w", err)
	}
	rows := make([]evaluate.Values, len(queries))
	for i, q := range queries {
		rows[i] = evaluate.Measure(evaluate.Rank(scores[i], q.Skills))
	}
	return evaluate.Mean(rows), nil
}

func record(out map[string]float64, prefix string, values evaluate.Values) {
	for m, value := range values {
		out[prefix+evaluate.Metric(m).String()] = value
	}
}
