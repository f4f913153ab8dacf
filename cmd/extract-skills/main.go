// Command extract-skills finds the skills of job ads: ad, sentences, filter, nearest skills.
// It holds flags and wiring only: data/ads reads ads, package extract finds skills, extract/render writes results.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"skillspace/cmd/internal/loader"
	"skillspace/config"
	"skillspace/embedding"
	"skillspace/extract/bulk"
	"skillspace/extract/render"
	"skillspace/internal/command"
	"skillspace/internal/libtorch"
	"skillspace/internal/terminal"
)

func main() { command.Main(newCommand(), libtorch.Build) }

func newCommand() *cobra.Command {
	cfg := new(config.ExtractSkills)
	var mode mode
	cmd := &cobra.Command{
		Use:   "extract-skills --checkpoint DIR [--filter DIR] [--taxonomy DIR] [FILE...]",
		Short: "Find the skills of job ads",
		Long: `extract-skills splits job ads into sentences, drops the sentences that the filter rejects, and
reports the nearest skills of every other sentence: as JSON lines, one sentence each, or as
annotated ads to read. A FILE is plain text or HTML (one ad), JSON lines, a JSON array, CSV, TSV or
Parquet (one ad a row), compressed by gzip or zstd or not. Without a FILE, or with -, ads are read
from stdin.

With --level ad, a result is an ad with each of its skills once.

With --pipe, each line of stdin is answered with exactly one line, as Spark's TRANSFORM and Hadoop
streaming want it.

With --output, results go into part files in a folder. A run that was stopped continues with
--resume. --shard I/N divides the ads among N runs, which may share one folder.`,
		Example: `  extract-skills --checkpoint runs/biencoder/checkpoints/best --taxonomy datasets/esco --format annotated ad.txt
  extract-skills --checkpoint model --filter filter --text-column description ads.csv > skills.jsonl
  extract-skills --checkpoint model --format parquet --output skills --shard $SLURM_ARRAY_TASK_ID/16 --resume ads.parquet`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			inputs, err := findInputs(args, cfg, cmd.InOrStdin())
			if err == nil && mode.pipe {
				err = checkPipe(cfg, inputs, mode)
			}
			if err != nil {
				return err
			}
			return libtorch.Advise(run(cmd.Context(), cfg, inputs, mode, cmd.OutOrStdout()), embedding.MemoryAdvice)
		},
	}
	command.Configure(cmd, cfg).AddFlags()
	cmd.Flags().BoolVar(&mode.resume, "resume", false, "Continue where an earlier run with the same --output stopped. Without an earlier run, start.")
	cmd.Flags().BoolVar(&mode.pipe, "pipe", false, "Answer each line of stdin, a JSON object, with exactly one line, in order. A line that cannot be read is answered with an error.")
	return cmd
}

// mode holds the flags that are no settings.
type mode struct{ resume, pipe bool }

func run(ctx context.Context, cfg *config.ExtractSkills, inputs []input, mode mode, stdout io.Writer) error {
	checked, err := loader.Check(cfg.ModelSource)
	if err != nil {
		return err
	}
	defer checked.Close()
	if cfg.Threshold, err = checked.Threshold(cfg.Threshold); err != nil {
		return err
	}
	shard, err := bulk.ParseShard(cfg.Shard)
	if err != nil {
		return command.Usage(err)
	}
	o := options(cfg, checked)
	folder, err := openOutput(cfg, checked.Identities(), o, shard, inputs, mode.resume)
	if err != nil {
		return err
	}
	if folder != nil && folder.Done() {
		slog.Info(fmt.Sprintf("nothing to do: %s already holds %s of shard %s", cfg.Output, terminal.Count(folder.Total().Ads, "ad", "ads"), shard))
		return nil
	}
	x, err := checked.Open(ctx)
	if err != nil {
		return err
	}
	defer x.Close()
	p := &pipeline{extractor: x, criteria: criteria(cfg), shard: shard, bar: bar(stdout, cfg)}
	if folder != nil {
		p.sink = folder
		return p.run(ctx, inputs)
	}
	out := bufio.NewWriter(stdout)
	if mode.pipe {
		return p.pipe(ctx, inputs[0], render.NewPipe(out, o), out)
	}
	p.sink = &stream{Writer: writer(cfg, o, out, stdout), out: out}
	return p.run(ctx, inputs)
}

// options returns what programs get. It says so where the groups of the skills are not known.
func options(cfg *config.ExtractSkills, checked *loader.Checked) render.Options {
	o := render.Options{ByAd: cfg.Level == "ad", Filtered: cfg.Filter != "", Bytes: cfg.Offsets == "bytes"}
	if !o.ByAd {
		return o
	}
	if o.Groups = checked.Groups(); o.Groups == nil {
		slog.Warn("the skills have no groups in the output: an exported model does not store them; --taxonomy gives them")
	}
	return o
}

// writer returns the writer of results to out, the buffer before stdout.
func writer(cfg *config.ExtractSkills, o render.Options, out, stdout io.Writer) render.Writer {
	switch cfg.Format {
	case "jsonl":
		return render.NewJSONLines(out, o)
	case "csv":
		return render.NewCSV(out, o)
	}
	threshold := float32(cfg.Threshold)
	people := render.AnnotatedOptions{Color: terminal.UseColor(cfg.Color, isTerminal(stdout)), Threshold: &threshold}
	if isTerminal(stdout) {
		if columns, _, err := term.GetSize(int(stdout.(*os.File).Fd())); err == nil {
			people.Columns = columns
		}
	}
	return render.NewAnnotated(out, people)
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
