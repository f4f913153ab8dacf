// Command fetch-model gets a pretrained encoder: from a Hugging Face hub, or from a folder.
// It holds flags and wiring only: package hub fetches.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"skillspace/config"
	"skillspace/data/tokenize"
	"skillspace/internal/command"
	"skillspace/internal/hub"
	"skillspace/internal/progress"
	"skillspace/model"
)

func main() { command.Main(newCommand()) }

func newCommand() *cobra.Command {
	var opts config.Options
	cmd := &cobra.Command{
		Use:   "fetch-model NAME --output DIR",
		Short: "Get a pretrained encoder from a hub or a folder",
		Long: "fetch-model writes an encoder's config.json, model.safetensors and tokenizer to a folder: from the Hugging Face hub (HF_ENDPOINT\n" +
			"names a mirror, HF_TOKEN opens gated models), or from a folder NAME. Each file is compared with the hub's checksum; an\n" +
			"interrupted download goes on where it stopped.",
		Example: "  fetch-model sentence-transformers/all-MiniLM-L6-v2 --output models/minilm\n" +
			"  fetch-model bert-base-chinese --revision main --output models/bert-base-chinese",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				opts.Flags = append(opts.Flags, config.Flag{Name: "model", Text: args[0]})
			}
			cfg, err := config.Load[config.FetchModel](opts)
			if err != nil {
				return err
			}
			return run(cmd.Context(), cfg, cmd.OutOrStdout())
		},
	}
	command.AddConfigFlags(cmd, &opts)
	command.AddSettingFlag(cmd, &opts, "output", "`folder` to write; replaced if it holds a model")
	command.AddSettingFlag(cmd, &opts, "revision", "`branch`, tag or commit of the hub's (default main)")
	return cmd
}

func run(ctx context.Context, cfg *config.FetchModel, stdout io.Writer) error {
	if err := hub.CheckOutput(cfg.Output); err != nil {
		return command.Usage(err)
	}
	o := hub.Options{Name: cfg.Model, Revision: cfg.Revision, Output: cfg.Output, Check: check}
	report, err := fetch(ctx, o)
	if err != nil {
		return err
	}
	from, verified := cfg.Model, ""
	if report.Commit != "" {
		from += " at " + report.Commit
		verified = fmt.Sprintf(", %d verified by checksum", report.Verified)
	}
	_, err = fmt.Fprintf(stdout, "fetched  %s\nto       %s\nfiles    %d, %.1f MB%s\n", from, cfg.Output, report.Files, float64(report.Bytes)/1e6, verified)
	return err
}

func fetch(ctx context.Context, o hub.Options) (*hub.Report, error) {
	if info, err := os.Stat(o.Name); err == nil && info.IsDir() {
		if same(o.Name, o.Output) {
			return nil, command.Usagef("output %s: it is the model's own folder", o.Output)
		}
		return hub.Copy(ctx, o)
	} else if strings.HasPrefix(o.Name, ".") || filepath.IsAbs(o.Name) {
		return nil, command.Usagef("model: no such folder: %q", o.Name)
	}
	if err := hub.CheckName(o.Name, o.Revision); err != nil {
		return nil, command.Usage(err)
	}
	client, err := hub.FromEnvironment()
	if err != nil {
		return nil, command.Usage(err)
	}
	var bar *progress.Bar
	o.Progress = func(total int64) func(int64) {
		bar = progress.NewUnit(total, "fetching "+o.Name, "B")
		return counter(bar)
	}
	report, err := client.Fetch(ctx, o)
	bar.Finish()
	return report, err
}

// counter passes on to a bar, which cannot go back, what lies beyond the farthest point so far.
func counter(bar *progress.Bar) func(n int64) {
	var at, farthest int64
	return func(n int64) {
		if at += n; at > farthest {
			bar.Add(int(at - farthest))
			farthest = at
		}
	}
}

// check judges a model by its configuration and its tokenizer.
func check(folder string) error {
	if _, err := model.ReadEncoderConfig(folder); err != nil {
		return err
	}
	_, err := tokenize.Load(folder)
	return err
}

func same(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}
