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
		Use:   "fetch-model NAME [--output DIR]",
		Short: "Get a pretrained encoder from a hub or a folder",
		Long: "fetch-model gets an encoder's configuration, weights (model.safetensors, in one file or several) and tokenizer from the Hugging Face\n" +
			"hub. HF_ENDPOINT names a mirror, HF_TOKEN opens gated models. The files go into the cache that Python's libraries share (HF_HUB_CACHE\n" +
			"or HF_HOME, else ~/.cache/huggingface/hub); what is there already is not fetched again, and with HF_HUB_OFFLINE=1 nothing is. Each\n" +
			"file is compared with the hub's checksum; an interrupted download goes on where it stopped.\n\n" +
			"With --output the model is copied to a folder; NAME may then be a folder, too. Without, the model's folder in the cache is printed.",
		Example: "  fetch-model sentence-transformers/all-MiniLM-L6-v2 --output models/minilm\n" +
			"  train-biencoder --config cfg.yaml --set model.encoder=\"$(fetch-model bert-base-chinese --revision main)\"",
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
	command.AddSettingFlag(cmd, &opts, "output", "`folder` to copy the model to; replaced if it holds a model")
	command.AddSettingFlag(cmd, &opts, "revision", "`branch`, tag or commit of the hub's (default main)")
	return cmd
}

func run(ctx context.Context, cfg *config.FetchModel, stdout io.Writer) error {
	if cfg.Output != "" {
		if err := hub.CheckOutput(cfg.Output); err != nil {
			return command.Usage(err)
		}
	}
	report, err := locate(ctx, cfg)
	if err != nil {
		return err
	}
	if cfg.Output == "" {
		fmt.Fprint(progress.Stderr, summary(cfg.Model, report))
		_, err = fmt.Fprintln(stdout, report.Folder)
		return err
	}
	copied, err := hub.Copy(ctx, report.Folder, cfg.Output, check)
	if err != nil {
		return err
	}
	copied.Commit, copied.Verified = report.Commit, report.Verified
	_, err = io.WriteString(stdout, summary(cfg.Model, copied))
	return err
}

func summary(name string, report *hub.Report) string {
	verified := ""
	if report.Commit != "" {
		name += " at " + report.Commit
		verified = fmt.Sprintf(", %d verified by checksum", report.Verified)
	}
	return fmt.Sprintf("model    %s\nin       %s\nfiles    %d, %.1f MB%s\n", name, report.Folder, report.Files, float64(report.Bytes)/1e6, verified)
}

// locate returns where a model is: its own folder, or its folder in the cache, into which it is fetched unless that is forbidden.
func locate(ctx context.Context, cfg *config.FetchModel) (*hub.Report, error) {
	if info, err := os.Stat(cfg.Model); err == nil && info.IsDir() {
		switch {
		case cfg.Output == "":
			return nil, command.Usagef("output: is not set (the folder to copy the folder %s to)", cfg.Model)
		case same(cfg.Model, cfg.Output):
			return nil, command.Usagef("output %s: it is the model's own folder", cfg.Output)
		}
		return &hub.Report{Folder: cfg.Model}, nil
	} else if strings.HasPrefix(cfg.Model, ".") || filepath.IsAbs(cfg.Model) {
		return nil, command.Usagef("model: no such folder: %q", cfg.Model)
	}
	if err := hub.CheckName(cfg.Model, cfg.Revision); err != nil {
		return nil, command.Usage(err)
	}
	cache, err := hub.CacheFromEnvironment()
	if err != nil {
		return nil, command.Usage(err)
	}
	o := hub.Options{Name: cfg.Model, Revision: cfg.Revision, Check: check}
	if hub.Offline() {
		return cache.Find(o)
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
	report, err := client.Fetch(ctx, cache, o)
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
