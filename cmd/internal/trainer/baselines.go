package trainer

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math"

	"skillspace/config"
	"skillspace/data/taxonomy"
	"skillspace/evaluate"
	"skillspace/evaluate/baseline"
	"skillspace/internal/command"
	"skillspace/train/report"
)

// measureBaselines measures, before training, what needs no network on the validation sentences.
func measureBaselines(ctx context.Context, cfg *config.TrainFilter, data *labelled) (*evaluate.BinaryReport, error) {
	var scorers []evaluate.SentenceScorer
	if cfg.Data.Taxonomy != "" {
		tax, err := taxonomy.Load(cfg.Data.Taxonomy)
		if err != nil {
			return nil, command.Usage(err)
		}
		scorers = append(scorers, baseline.NewKeywordFilter(tax))
	}
	logistic, err := baseline.NewLogisticFilter(ctx, data.sentences)
	switch {
	case errors.Is(err, context.Canceled):
		return nil, err
	case err != nil:
		slog.Warn("the report goes without a baseline", "error", err)
	default:
		scorers = append(scorers, logistic)
	}
	return evaluate.RunBinary(ctx, scorers, "validation", data.validation, evaluate.RunOptions{Bootstrap: evaluate.Bootstrap{Resamples: -1}})
}

// systemsOf shows a report's rows on a page.
func systemsOf(r *evaluate.BinaryReport) (all []report.System) {
	for _, row := range r.Results {
		m := row.Metrics
		all = append(all, report.System{Name: row.System, Threshold: row.Threshold, AveragePrecision: m[evaluate.AveragePrecision].Value,
			Precision: m[evaluate.Precision].Value, Recall: m[evaluate.Recall].Value, F1: m[evaluate.F1].Value, BestF1: row.BestF1})
	}
	return all
}

// printSystems writes a page's rows as the table that `evaluate` prints.
func printSystems(out io.Writer, r *evaluate.BinaryReport, systems []report.System) error {
	table := *r
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
