package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"skillspace/config"
	"skillspace/internal/command"
)

// measuring runs what a subcommand does with an open meter and its files.
func measuring(cfg *config.MeasureCorpus, use func(cmd *cobra.Command, m *meter, files []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, files []string) error {
		m, err := openMeter(cmd.Context(), cfg)
		if err != nil {
			return err
		}
		defer m.close()
		return use(cmd, m, files)
	}
}

func newReport() *cobra.Command {
	cfg := new(config.MeasureCorpus)
	cmd := &cobra.Command{
		Use:   "report FILE",
		Short: "Measure a corpus and write its report",
		Long: `report counts a corpus file and measures a sample of it: length, label leaks, repetitions and
distinct n-grams; with encoder how well its skills can be told apart; with fluency.base_url its
perplexity. It writes FILE's .report.json and .report.html.`,
		Example: `  generate-corpus report corpus.jsonl --set taxonomy=esco --set encoder=.deps/models/all-MiniLM-L6-v2`,
		Args:    cobra.ExactArgs(1),
		RunE: measuring(cfg, func(cmd *cobra.Command, m *meter, files []string) error {
			r, err := m.measure(cmd.Context(), files[0])
			if err != nil {
				return err
			}
			reportPath, pagePath, err := m.writeReport(r)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "report  %s\npage    %s\n", reportPath, pagePath)
			return err
		}),
	}
	command.Configure(cmd, cfg)
	return cmd
}

func newCompare() *cobra.Command {
	cfg := new(config.MeasureCorpus)
	var reports bool
	cmd := &cobra.Command{
		Use:   "compare A B",
		Short: "Compare two corpora",
		Long: `compare measures two corpus files as report does and prints the figures side by side, with 95%
intervals of the differences. An example is a corpus of hierarchical pairing against one of
unconstrained pairing (arXiv 2601.09119).`,
		Example: `  generate-corpus compare hierarchical.jsonl unconstrained.jsonl --set taxonomy=esco --set encoder=.deps/models/all-MiniLM-L6-v2`,
		Args:    cobra.ExactArgs(2),
		RunE: measuring(cfg, func(cmd *cobra.Command, m *meter, files []string) error {
			c, err := m.compare(cmd.Context(), files[0], files[1], reports)
			if err != nil {
				return err
			}
			return c.Write(cmd.OutOrStdout(), m.cfg.Format)
		}),
	}
	command.Configure(cmd, cfg).AddFlags("format")
	cmd.Flags().BoolVar(&reports, "reports", false, "Also write the measurements into the reports and pages of both corpora.")
	return cmd
}
