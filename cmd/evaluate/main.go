// Command evaluate measures trained checkpoints and baselines on benchmarks: one table a benchmark, with 95% intervals.
// It holds flags and wiring only: package evaluate measures, and package index opens the systems.
package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"skillspace/config"
	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
	"skillspace/embedding"
	"skillspace/evaluate"
	"skillspace/internal/command"
	"skillspace/internal/libtorch"
)

func main() { command.Main(newCommand(), libtorch.Build) }

func newCommand() *cobra.Command {
	cfg := new(config.Evaluate)
	cmd := &cobra.Command{
		Use:   "evaluate --checkpoint DIR --benchmark FILE [--taxonomy DIR]",
		Short: "Measure checkpoints and baselines on benchmarks",
		Long: `evaluate ranks all skills of a taxonomy for every sentence (or ad) of a benchmark and prints MRR,
RP@1, RP@5, RP@10, P@5, R@5 and F1@5 with 95% bootstrap intervals: one table for each benchmark, one
row for each system. With --filter-data it also measures the sentence filter beside a keyword
filter.`,
		Example: `  evaluate --baselines --taxonomy datasets/esco --benchmark tech.csv --benchmark house.csv
  evaluate --checkpoint mean=runs/a/checkpoints/best --checkpoint lstm=runs/b/checkpoints/best --taxonomy datasets/esco --benchmark tech.csv`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return libtorch.Advise(run(cmd.Context(), cfg, cmd.OutOrStdout()), embedding.MemoryAdvice)
		},
	}
	command.Configure(cmd, cfg).AddFlags()
	return cmd
}

func run(ctx context.Context, cfg *config.Evaluate, stdout io.Writer) error {
	device, err := libtorch.Choose(cfg.Device)
	if err != nil {
		return command.Usage(err)
	}
	if cfg.Threads > 0 {
		if err := libtorch.SetThreads(cfg.Threads); err != nil {
			return fmt.Errorf("threads: %w", err)
		}
	}
	s := &systems{cfg: cfg, device: device}
	defer s.close()
	if err := s.check(); err != nil {
		return err
	}
	tax, err := openTaxonomy(cfg)
	if err != nil {
		return err
	}
	s.tax = tax
	benchmarks, err := loadBenchmarks(cfg, tax)
	if err != nil {
		return err
	}
	labelled, err := loadLabelled(ctx, cfg.FilterData)
	if err != nil {
		return err
	}
	training, err := loadLabelled(ctx, cfg.FilterTrain)
	if err != nil {
		return err
	}
	s.training = training
	printer := evaluate.NewPrinter(stdout, evaluate.Format(cfg.Format))
	if err := measureRankings(ctx, s, benchmarks, printer); err != nil {
		return err
	}
	if err := measureFilters(ctx, s, labelled, printer); err != nil {
		return err
	}
	s.logDivided()
	return printer.Close()
}

func loadBenchmarks(cfg *config.Evaluate, tax *taxonomy.Taxonomy) ([]*evaluate.Benchmark, error) {
	var all []*evaluate.Benchmark
	for _, path := range cfg.Benchmark {
		b, err := evaluate.LoadBenchmark(path, tax, evaluate.Level(cfg.Level))
		if err != nil {
			return nil, command.Usage(err)
		}
		all = append(all, b)
	}
	return all, nil
}

// measureRankings measures every system on every benchmark.
func measureRankings(ctx context.Context, s *systems, benchmarks []*evaluate.Benchmark, printer *evaluate.Printer) error {
	if len(benchmarks) == 0 {
		return nil
	}
	rankers, err := s.open(ctx)
	if err != nil {
		return err
	}
	columns, err := columns(s.cfg.Metrics)
	if err != nil {
		return command.Usage(err)
	}
	details, err := openDetails(s.cfg, s.tax, benchmarks)
	if err != nil {
		return err
	}
	for _, b := range benchmarks {
		meter := newMeter(b.Name)
		report, err := evaluate.RunRanking(ctx, rankers, b, evaluate.RunOptions{
			Bootstrap: bootstrap(s.cfg), Reference: s.reference(), Progress: meter.progress, Columns: columns, Ranked: details.of(b),
		})
		meter.finish()
		if err != nil {
			return err
		}
		if err := printer.Add(report); err != nil {
			return err
		}
		if b.Level == evaluate.Ad {
			if err := measureExtraction(ctx, s, rankers, b, printer); err != nil {
				return err
			}
		}
	}
	return details.close()
}

// measureExtraction measures what extract-skills would report for each ad.
func measureExtraction(ctx context.Context, s *systems, rankers []evaluate.System, b *evaluate.Benchmark, printer *evaluate.Printer) error {
	o := evaluate.ExtractionOptions{TopK: s.cfg.TopK}
	if s.cfg.Threshold != -1 {
		o.Threshold = &s.cfg.Threshold
	}
	for _, o.BySentence = range []bool{false, true} {
		report, err := evaluate.RunExtraction(ctx, rankers, b, o, evaluate.RunOptions{Bootstrap: bootstrap(s.cfg)})
		if err != nil {
			return err
		}
		if err := printer.AddExtraction(report); err != nil {
			return err
		}
	}
	return nil
}

// measureFilters measures the baselines and the trained filter on every file of labelled sentences.
func measureFilters(ctx context.Context, s *systems, files []labelledFile, printer *evaluate.Printer) error {
	if len(files) == 0 {
		return nil
	}
	scorers, err := s.filters(ctx)
	if err != nil {
		return err
	}
	for _, file := range files {
		meter := newMeter(file.name)
		report, err := evaluate.RunBinary(ctx, scorers, file.name, file.sentences, evaluate.RunOptions{
			Bootstrap: bootstrap(s.cfg), Progress: meter.progress,
		})
		meter.finish()
		if err != nil {
			return err
		}
		if err := printer.AddBinary(report); err != nil {
			return err
		}
	}
	return nil
}

type labelledFile struct {
	name      string
	sentences []corpus.Labelled
}

func bootstrap(cfg *config.Evaluate) evaluate.Bootstrap {
	if cfg.Resamples == 0 {
		return evaluate.Bootstrap{Resamples: -1}
	}
	return evaluate.Bootstrap{Resamples: cfg.Resamples}
}
