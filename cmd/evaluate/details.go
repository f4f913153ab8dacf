package main

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"

	"skillspace/config"
	"skillspace/data/taxonomy"
	"skillspace/evaluate"
	"skillspace/internal/atomicfile"
	"skillspace/internal/command"
)

// columns returns the metrics of a table; nil for the usual ones.
func columns(names []string) ([]evaluate.Metric, error) {
	var list []evaluate.Metric
	for _, name := range names {
		m, err := evaluate.ParseMetric(name)
		if err != nil {
			return nil, fmt.Errorf("metrics: %w", err)
		}
		list = append(list, m)
	}
	return list, nil
}

// details writes what lies behind the tables: the rankings and the page of errors.
type details struct {
	rankings *evaluate.Rankings // nil: not asked for
	errors   *evaluate.Errors   // nil: not asked for
	page     string
}

func openDetails(cfg *config.Evaluate, tax *taxonomy.Taxonomy, benchmarks []*evaluate.Benchmark) (*details, error) {
	d := &details{page: cfg.Errors}
	if cfg.Errors != "" {
		d.errors = evaluate.NewErrors(tax)
	}
	if cfg.Rankings == "" {
		return d, nil
	}
	var err error
	if d.rankings, err = evaluate.NewRankings(cfg.Rankings, tax.Skills(), cfg.RankingsDepth); err != nil {
		return nil, err
	}
	for _, b := range benchmarks {
		if err := d.rankings.Gold(b); err != nil {
			return nil, command.Usage(err)
		}
	}
	return d, nil
}

// of returns what is called with every ranking of a benchmark.
func (d *details) of(b *evaluate.Benchmark) func(system string, query int, scoresS []float32) error {
	return func(system string, query int, scoresS []float32) error {
		if d.errors != nil {
			d.errors.Add(b, system, query, scoresS)
		}
		if d.rankings == nil {
			return nil
		}
		return d.rankings.Add(b, system, query, scoresS)
	}
}

func (d *details) close() error {
	if d.rankings != nil {
		if err := d.rankings.Close(); err != nil {
			return err
		}
	}
	if d.errors == nil {
		return nil
	}
	d.errors.Finish()
	write := d.errors.Write
	if strings.EqualFold(filepath.Ext(d.page), ".json") {
		write = d.errors.WriteJSON
	}
	if err := atomicfile.Write(d.page, write); err != nil {
		return fmt.Errorf("write errors: %w", err)
	}
	slog.Info("errors written", "path", d.page)
	return nil
}
