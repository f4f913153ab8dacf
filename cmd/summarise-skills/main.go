// Command summarise-skills counts the skills of many ads: shares, trends, changes and pairs, from what extract-skills wrote.
// It holds flags and wiring only: package summary counts and writes.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"skillspace/config"
	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
	"skillspace/data/textfile"
	"skillspace/internal/command"
	"skillspace/internal/progress"
	"skillspace/internal/terminal"
	"skillspace/summary"
)

func main() { command.Main(newCommand()) }

func newCommand() *cobra.Command {
	cfg := new(config.SummariseSkills)
	cmd := &cobra.Command{
		Use:   "summarise-skills [--ads FILE --by COLUMN --period COLUMN] [--taxonomy DIR] [--output DIR] [RESULTS...]",
		Short: "Count the skills of many ads",
		Long: `summarise-skills reads what extract-skills wrote and counts in how many ads each skill and each
group of skills occurs, with 95% intervals. With the files of the ads it also counts by their
columns, such as region or employer, and compares two periods. RESULTS are folders of parts, JSON
lines, CSV or Parquet files. Without RESULTS, or with -, JSON lines are read from stdin.

The most frequent skills are printed. With --output, a folder gets all tables and the page
report.html.`,
		Example: `  summarise-skills --taxonomy datasets/esco --output market skills
  summarise-skills --ads ads.csv --by region --period date --output market skills
  extract-skills --checkpoint model ads.jsonl | summarise-skills --pairs 0`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return run(cmd.Context(), cfg, args, cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	command.Configure(cmd, cfg).AddFlags()
	return cmd
}

func run(ctx context.Context, cfg *config.SummariseSkills, args []string, stdin io.Reader, stdout io.Writer) error {
	started := time.Now()
	s := &summariser{cfg: cfg}
	files, err := s.findResults(args)
	if err != nil {
		return err
	}
	tax, err := s.openTaxonomy()
	if err != nil {
		return err
	}
	columns, err := s.readColumns(ctx)
	if err != nil {
		return err
	}
	s.columns = columns
	s.counter = summary.NewCounter(summary.Options{
		Taxonomy: tax, MinScore: cfg.MinScore, Repeated: summary.Repeated(cfg.RepeatedAds), Pairs: cfg.Pairs > 0, Columns: columns,
	})
	if err := s.count(ctx, files, stdin); err != nil {
		return err
	}
	result, err := s.summarise()
	if err != nil {
		return err
	}
	for _, note := range result.Notes {
		slog.Warn(note)
	}
	if cfg.Output != "" {
		if err := result.Write(cfg.Output, summary.Format(cfg.Format)); err != nil {
			return fmt.Errorf("output: %w", err)
		}
		slog.Info(fmt.Sprintf("written: %s, with report.html", cfg.Output))
	}
	out := bufio.NewWriter(stdout)
	if err := result.WriteText(out, cfg.Top); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	slog.Info(fmt.Sprintf("ads %d, records %d, skills %d, %.1f s", result.Totals.Ads, result.Totals.Records, len(result.Skills), time.Since(started).Seconds()))
	return nil
}

// summariser is one run of the command.
type summariser struct {
	cfg     *config.SummariseSkills
	columns *summary.Columns
	counter *summary.Counter
	notes   []string
}

func (s *summariser) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

// findResults lists the files to read; "-" is stdin.
func (s *summariser) findResults(args []string) ([]string, error) {
	if len(args) == 0 {
		args = []string{"-"}
	}
	if i := slices.Index(args, "-"); i >= 0 && slices.Contains(args[i+1:], "-") {
		return nil, command.Usagef("stdin (-) is named twice")
	}
	var all []string
	for _, arg := range args {
		if arg == "-" {
			all = append(all, arg)
			continue
		}
		files, other, err := summary.FindResults(arg)
		if err != nil {
			return nil, command.Usage(err)
		}
		if len(other) > 0 {
			s.note("Left out of the folder: %s.", strings.Join(other, ", "))
		}
		all = append(all, files...)
	}
	return all, nil
}

func (s *summariser) openTaxonomy() (*taxonomy.Taxonomy, error) {
	if s.cfg.Taxonomy == "" {
		return nil, nil
	}
	tax, err := taxonomy.LoadLanguage(s.cfg.Taxonomy, s.cfg.TaxonomyLanguage)
	if err != nil {
		return nil, command.Usage(err)
	}
	if len(tax.Groups()) == 0 {
		s.note("The taxonomy has no groups.")
	}
	return tax, nil
}

// readColumns reads the ads' columns, or returns nil where none are asked for.
func (s *summariser) readColumns(ctx context.Context) (*summary.Columns, error) {
	names, units := slices.Clone(s.cfg.By), slices.Repeat([]summary.Unit{""}, len(s.cfg.By))
	if s.cfg.Period != "" {
		names, units = append(names, s.cfg.Period), append(units, summary.Unit(s.cfg.PeriodUnit))
	}
	if len(names) == 0 {
		return nil, nil
	}
	columns := summary.NewColumns(names, units)
	encoding, err := textfile.FindEncoding(s.cfg.Encoding)
	if err != nil {
		return nil, command.Usage(err)
	}
	for _, path := range s.cfg.Ads {
		rejects, err := columns.ReadColumns(ctx, path, s.cfg.IDColumn, encoding)
		var missing *corpus.MissingColumnError
		if errors.As(err, &missing) || errors.Is(err, summary.ErrTooManyValues) {
			return nil, command.Usage(err)
		}
		if err != nil {
			return nil, err
		}
		s.reject(path, rejects)
	}
	for i, n := range columns.Unreadable {
		if n > 0 {
			s.note("%s of column %q cannot be read as dates and count as ads without a date.", terminal.Count(n, "cell", "cells"), names[i])
		}
	}
	if columns.Repeated > 0 {
		s.note("%s of the ads' files repeat an identifier with the same values.", terminal.Count(columns.Repeated, "row", "rows"))
	}
	return columns, nil
}

// reject names rows that were left out.
func (s *summariser) reject(path string, rejects *corpus.Rejects) {
	if rejects.Rows > 0 {
		slog.Warn(fmt.Sprintf("%s: %s", path, rejects))
		s.note("%s of %s left out, unreadable.", terminal.Count(rejects.Rows, "row", "rows"), path)
	}
}

func (s *summariser) count(ctx context.Context, files []string, stdin io.Reader) error {
	bar := progress.NewUnit(0, "counting", "records")
	defer bar.Finish()
	use := func(r *summary.Record) error {
		bar.Add(1)
		return s.counter.Add(r)
	}
	for _, path := range files {
		var rejects *corpus.Rejects
		var err error
		if path == "-" {
			path = "stdin"
			rejects, err = summary.ReadLines(ctx, path, stdin, use)
		} else {
			rejects, err = summary.ReadFile(ctx, path, use)
		}
		if err == nil {
			err = s.counter.Flush()
		}
		if errors.Is(err, summary.ErrRepeated) {
			return fmt.Errorf("%s: %w; the records of one ad must follow each other, and a folder must hold one run (--repeated-ads skip or count says what else to do)", path, err)
		}
		if err != nil {
			return err
		}
		s.reject(path, rejects)
	}
	if s.counter.Totals.Ads == 0 {
		return errors.New("there is no ad in the results")
	}
	return nil
}

// summarise makes the tables and says what is missing from them.
func (s *summariser) summarise() (*summary.Summary, error) {
	c, cfg := s.counter, s.cfg
	r := &summary.Summary{Title: cfg.Title, Totals: c.Totals, Skills: c.Skills(), Settings: s.settings()}
	if cfg.Taxonomy != "" {
		r.Groups = c.Groups()
	}
	if cfg.Pairs > 0 {
		r.Pairs = c.Pairs(cfg.Pairs)
	}
	if s.columns != nil {
		r.Values = c.Values()
	}
	if cfg.Period != "" {
		if err := s.compare(r); err != nil {
			return nil, err
		}
	}
	s.describeTotals(c.Totals)
	r.Notes = s.notes
	return r, nil
}

// compare fills the trends, and the changes if there are two periods.
func (s *summariser) compare(r *summary.Summary) error {
	periods := s.counter.Periods(s.cfg.Period)
	if len(periods) == 0 {
		s.note("No ad has a date in column %q, so there are no trends.", s.cfg.Period)
		return nil
	}
	r.Trends = s.counter.Trends(s.cfg.Period, 12)
	r.Earlier, r.Later = summary.ParseSpan(periods[0]), summary.ParseSpan(periods[len(periods)-1])
	if s.cfg.Earlier != "" {
		r.Earlier = summary.ParseSpan(s.cfg.Earlier)
	}
	if s.cfg.Later != "" {
		r.Later = summary.ParseSpan(s.cfg.Later)
	}
	if r.Earlier == r.Later {
		s.note("All ads are of one period, %s, so no changes are compared.", r.Earlier)
		return nil
	}
	var err error
	r.Changes, err = s.counter.Changes(s.cfg.Period, r.Earlier, r.Later)
	return command.Usage(err)
}

// describeTotals notes what the counts leave out.
func (s *summariser) describeTotals(t summary.Totals) {
	if t.LowScore > 0 {
		s.note("%s below the score %g left out.", terminal.Count(t.LowScore, "skill of a record", "skills of records"), s.cfg.MinScore)
	}
	if t.Repeated > 0 {
		s.note("%s came back after others: %s.", terminal.Count(t.Repeated, "ad", "ads"), map[string]string{"skip": "only their first records count", "count": "each time they count as ads of their own"}[s.cfg.RepeatedAds])
	}
	if t.Unknown > 0 {
		s.note("%s not in the taxonomy and so in no group.", terminal.Count(t.Unknown, "skill is", "skills are"))
	}
	if t.Crowded > 0 {
		s.note("%s too many skills to count pairs; their pairs are left out.", terminal.Count(t.Crowded, "ad has", "ads have"))
	}
	if t.NoColumns > 0 {
		s.note("%s no row in the ads' files and so no columns.", terminal.Count(t.NoColumns, "ad of the results has", "ads of the results have"))
	}
	if s.columns != nil {
		if n := s.columns.Unused(); n > 0 {
			s.note("%s no record in the results; shares are of the ads that have one.", terminal.Count(n, "row of the ads' files has", "rows of the ads' files have"))
		}
	}
}

// settings lists what was counted and how, for the page and summary.json.
func (s *summariser) settings() map[string]string {
	cfg := s.cfg
	all := map[string]string{
		"ads": strings.Join(cfg.Ads, ", "), "by": strings.Join(cfg.By, ", "), "period": cfg.Period, "taxonomy": cfg.Taxonomy,
		"repeated_ads": cfg.RepeatedAds, "version": command.Version(),
	}
	if cfg.Period != "" {
		all["period_unit"] = cfg.PeriodUnit
	}
	if cfg.MinScore > -1 {
		all["min_score"] = strconv.FormatFloat(cfg.MinScore, 'g', -1, 64)
	}
	maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
	return all
}
