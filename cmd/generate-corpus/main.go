// Command generate-corpus writes a corpus of job-ad sentences for the skills of a taxonomy, and a report beside it.
// It holds flags and wiring only: the sentences come from data/synthesis.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"skillspace/config"
	"skillspace/data/corpus"
	"skillspace/data/synthesis"
	"skillspace/data/synthesis/llm"
	"skillspace/data/taxonomy"
	"skillspace/internal/command"
	"skillspace/internal/libtorch"
	"skillspace/internal/progress"
)

func main() { command.Main(newCommand(), libtorch.Build) }

func newCommand() *cobra.Command {
	cfg := new(config.GenerateCorpus)
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "generate-corpus --config cfg.yaml",
		Short: "Write training sentences for the skills of a taxonomy",
		Long: `generate-corpus writes corpus.jsonl: one job-ad sentence a line, with the URIs of the skills that it
names. Sentences without a skill train the filter. Beside it, corpus.report.json and
corpus.report.html describe the corpus.`,
		Example: `  generate-corpus --set taxonomy=datasets/esco --set output=corpus.jsonl --set sentences=60000
  generate-corpus --set taxonomy=datasets/esco --set language=zh --set output=corpus.jsonl
  generate-corpus --set taxonomy=datasets/esco --set writer=llm --set llm.base_url=http://localhost:8000/v1 --set llm.model=NAME --dry-run`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dryRun {
				return rehearse(cfg, cmd.OutOrStdout())
			}
			return run(cmd.Context(), cfg, cmd.OutOrStdout())
		},
	}
	command.Configure(cmd, cfg)
	cmd.AddCommand(newReport(), newCompare())
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "With writer llm: print sample prompts and the number of calls, and call nothing.")
	return cmd
}

// summarised is what a writer reports: JSON for programs and a few lines for a person.
type summarised interface{ Summary() string }

func run(ctx context.Context, cfg *config.GenerateCorpus, stdout io.Writer) error {
	reportPath := beside(cfg.Output, ".report.json")
	tax, err := load(cfg)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(cfg.Output), 0o755); err != nil {
		return fmt.Errorf("make the folder of the corpus: %w", err)
	}
	report, err := write(ctx, cfg, tax)
	if err != nil {
		return err
	}
	if err := writeJSON(reportPath, report); err != nil {
		return err
	}
	if _, err = fmt.Fprintf(stdout, "%s\ncorpus  %s\nreport  %s\n", report.Summary(), cfg.Output, reportPath); err != nil {
		return err
	}
	pagePath, err := measureNew(ctx, cfg, tax)
	if err != nil { // the corpus is whole all the same
		slog.Warn("the corpus's report goes without measures and page", "error", err)
		return ctx.Err()
	}
	_, err = fmt.Fprintf(stdout, "page    %s\n", pagePath)
	return err
}

// measureNew adds to a corpus's report what its words show, and writes the page.
func measureNew(ctx context.Context, cfg *config.GenerateCorpus, tax *taxonomy.Taxonomy) (pagePath string, err error) {
	measure := new(config.MeasureCorpus)
	measure.Defaults()
	m := &meter{cfg: measure, tax: tax}
	r, err := m.measure(ctx, cfg.Output)
	if err != nil {
		return "", err
	}
	_, pagePath, err = m.writeReport(r)
	return pagePath, err
}

func load(cfg *config.GenerateCorpus) (*taxonomy.Taxonomy, error) {
	language := cfg.TaxonomyLanguage
	if language == "" && cfg.Writer != llm.Writer && cfg.Language != synthesis.English {
		language = cfg.Language
	}
	tax, err := taxonomy.LoadLanguage(cfg.Taxonomy, language)
	if err != nil {
		return nil, err
	}
	if odd := tax.Findings(); !odd.Clean() {
		slog.Info("taxonomy: " + odd.String())
	}
	if err := options(cfg).CheckTaxonomy(tax); err != nil {
		return nil, command.Usage(err)
	}
	return tax, nil
}

// write writes the corpus file. Nothing is left of it on an error.
func write(ctx context.Context, cfg *config.GenerateCorpus, tax *taxonomy.Taxonomy) (summarised, error) {
	file, err := corpus.Create(cfg.Output)
	if err != nil {
		return nil, err
	}
	defer file.Abort()
	var report summarised
	if cfg.Writer == llm.Writer {
		report, err = writeByModel(ctx, cfg, tax, file.Write)
	} else {
		report, err = writeByTemplate(ctx, cfg, tax, file.Write)
	}
	if err != nil {
		return nil, err
	}
	return report, file.Commit()
}

func writeByTemplate(ctx context.Context, cfg *config.GenerateCorpus, tax *taxonomy.Taxonomy, emit func(corpus.Example) error) (summarised, error) {
	bar := progress.NewUnit(int64(cfg.Sentences), "writing", "sentences")
	defer bar.Finish()
	return synthesis.Generate(ctx, tax, options(cfg), func(e corpus.Example) error {
		bar.Add(1)
		return emit(e)
	})
}

func options(cfg *config.GenerateCorpus) synthesis.Spec {
	return synthesis.Spec{
		Sentences: cfg.Sentences, Seed: cfg.Seed, Pairing: cfg.Pairing, MinSkills: cfg.MinSkills, MaxSkills: cfg.MaxSkills,
		NegativeShare: cfg.NegativeShare, Coverage: cfg.Coverage, NoPhrases: !cfg.Phrases, Language: cfg.Language,
		Level2Weights: cfg.Level2Weights, Level2Temperature: cfg.Level2Temperature,
	}
}

// beside is a corpus file's path with another ending.
func beside(corpus, ending string) string {
	return strings.TrimSuffix(corpus, filepath.Ext(corpus)) + ending
}
