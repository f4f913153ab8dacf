package trainer

import (
	"context"
	"fmt"

	"skillspace/config"
	"skillspace/embedding"
	"skillspace/evaluate"
	"skillspace/index"
)

// ranking validates a bi-encoder: every query against all skills' labels.
type ranking struct {
	cfg               *config.TrainBiencoder
	data              *pairs
	sentences, skills *embedding.Embedder
}

// measure returns mrr, rp@1, … on the held-out sentences, or, where benchmarks are given, their mean over the files.
func (r *ranking) measure(ctx context.Context) (map[string]float64, error) {
	labels, err := index.Build(ctx, r.skills, r.data.taxonomy.Skills(), index.LabelsOnly, nil)
	if err != nil {
		return nil, fmt.Errorf("validate: %w", err)
	}
	out := map[string]float64{}
	if len(r.data.queries) > 0 {
		texts, gold := make([]string, len(r.data.queries)), make([][]int, len(r.data.queries))
		for i, q := range r.data.queries {
			texts[i], gold[i] = q.text, q.gold
		}
		values, err := r.rank(ctx, labels, texts, gold)
		if err != nil {
			return nil, err
		}
		record(out, "", values)
		record(out, "held_out.", values)
	}
	return out, r.benchmarks(ctx, labels, out)
}

func (r *ranking) benchmarks(ctx context.Context, labels *index.Index, out map[string]float64) error {
	var sum evaluate.Values
	files := r.cfg.Validation.Benchmark
	for i, path := range files {
		b, err := evaluate.LoadBenchmark(path, r.data.taxonomy, evaluate.Sentence)
		if err != nil {
			return fmt.Errorf("validate: %w", err)
		}
		texts, gold := make([]string, len(b.Queries)), make([][]int, len(b.Queries))
		for q, query := range b.Queries {
			texts[q], gold[q] = query.Text, query.Gold
		}
		values, err := r.rank(ctx, labels, texts, gold)
		if err != nil {
			return err
		}
		record(out, fmt.Sprintf("%s#%d.", b.Name, i+1), values)
		for m := range values {
			sum[m] += values[m] / float64(len(files))
		}
	}
	if len(files) > 0 {
		record(out, "", sum)
	}
	return nil
}

func (r *ranking) rank(ctx context.Context, labels *index.Index, texts []string, gold [][]int) (evaluate.Values, error) {
	vectors, err := r.sentences.Embed(ctx, texts, nil)
	if err != nil {
		return evaluate.Values{}, fmt.Errorf("validate: %w", err)
	}
	scores, err := labels.Score(ctx, vectors)
	if err != nil {
		return evaluate.Values{}, fmt.Errorf("validate: %w", err)
	}
	rows := make([]evaluate.Values, len(texts))
	for i := range texts {
		rows[i] = evaluate.Measure(evaluate.Rank(scores[i], gold[i]))
	}
	return evaluate.Mean(rows), nil
}

func record(out map[string]float64, prefix string, values evaluate.Values) {
	for m, value := range values {
		out[prefix+evaluate.Metric(m).String()] = value
	}
}
