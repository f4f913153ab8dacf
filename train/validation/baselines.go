package validation

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math"

	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
	"skillspace/evaluate"
	"skillspace/evaluate/baseline"
	"skillspace/train/report"
)

// Baselines are filters without a network, measured on the validation sentences before training.
type Baselines struct{ report *evaluate.BinaryReport }

// MeasureBaselines measures a logistic regression that is fitted on the training sentences and, where tax is not nil, the
// search for the skills' labels.
func MeasureBaselines(ctx context.Context, tax *taxonomy.Taxonomy, training, validation []corpus.Labelled) (*Baselines, error) {
	var scorers []evaluate.SentenceScorer
	if tax != nil {
		scorers = append(scorers, baseline.NewKeywordFilter(tax))
	}
	logistic, err := baseline.NewLogisticFilter(ctx, training)
	switch {
	case errors.Is(err, context.Canceled):
		return nil, err
	case err != nil:
		slog.Warn("the report goes without a baseline", "error", err)
	default:
		scorers = append(scorers, logistic)
	}
	measured, err := evaluate.RunBinary(ctx, scorers, "validation", validation, evaluate.RunOptions{Bootstrap: evaluate.Bootstrap{Resamples: -1}})
	return &Baselines{measured}, err
}

// Systems returns the baselines as rows of a report.
func (b *Baselines) Systems() (all []report.System) {
	for _, row := range b.report.Results {
		m := row.Metrics
		all = append(all, report.System{Name: row.System, Threshold: row.Threshold, AveragePrecision: m[evaluate.AveragePrecision].Value,
			Precision: m[evaluate.Precision].Value, Recall: m[evaluate.Recall].Value, F1: m[evaluate.F1].Value, BestF1: row.BestF1})
	}
	return all
}

// Print writes systems as the table that the command evaluate prints.
func (b *Baselines) Print(out io.Writer, systems []report.System) error {
	table := *b.report
	table.Results = nil
	for _, s := range systems {
		row := evaluate.BinaryResult{System: s.Name, Threshold: s.Threshold, BestF1: s.BestF1}
		for m, value := range map[evaluate.BinaryMetric]float64{evaluate.AveragePrecision: s.AveragePrecision, evaluate.Precision: s.Precision,
			evaluate.Recall: s.Recall, evaluate.F1: s.F1} {
			row.Metrics[m] = evaluate.Interval{Value: value, Low: math.NaN(), High: math.NaN()}
		}
		table.Results = append(table.Results, row)
	}
	return table.Write(out, evaluate.Table)
}
