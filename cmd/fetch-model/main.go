// Command fetch-model gets a pretrained encoder: from a Hugging Face hub, or from a folder.
// It holds flags and wiring only; package hub fetches.
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
	cfg := new(config.FetchModel)
	cmd := &cobra.Command{
		Use:   "fetch-model NAME [--output DIR]",
		Short: "Get a pretrained encoder from a hub or a folder",
		Long: `fetch-model gets the configuration, the weights (model.safetensors, in one file or several) and the
tokenizer of an encoder from the Hugging Face hub. HF_ENDPOINT names a mirror. HF_TOKEN opens gated
models. The files go into the cache that the Python libraries use (HF_HUB_CACHE or HF_HOME, else
~/.cache/huggingface/hub). Files that are in the cache are not fetched again. With HF_HUB_OFFLINE=1
nothing is fetched. Every file is compared with the hub's checksum. An interrupted download is
resumed.

With --output the model is copied to a folder, and NAME may be a folder. Without --output the
command prints the model's folder in the cache.`,
		Example: `  fetch-model sentence-transformers/all-MiniLM-L6-v2 --output models/minilm
  train-biencoder --config cfg.yaml --set model.encoder="$(fetch-model bert-base-chinese --revision main)"`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return run(cmd.Context(), cfg, cmd.OutOrStdout())
		},
	}
	settings := command.Configure(cmd, cfg)
	settings.AddFlags("output", "revision")
	settings.Argument("model")
	return cmd
}

func run(ctx context.Context, cfg *config.FetchModel, stdout io.Writer) error {
	if cfg.Output != "" {
		if err := hub.CheckOutput(cfg.Output); err != nil {
			return command.Usage(err)
		}
	}
	found, err := locate(ctx, cfg)
	if err != nil {
		return err
	}
	if cfg.Output == "" {
		fmt.Fprint(progress.Stderr, summary(cfg.Model, found))
		_, err = fmt.Fprintln(stdout, found.Folder)
		return err
	}
	copied, err := hub.Copy(ctx, found.Folder, cfg.Output, check)
	if err != nil {
		return err
	}
	copied.Commit, copied.Verified = found.Commit, found.Verified
	_, err = io.WriteString(stdout, summary(cfg.Model, copied))
	return err
}

func summary(name string, m *hub.Model) string {
	verified := ""
	if m.Commit != "" {
		name += " at " + m.Commit
		verified = fmt.Sprintf(", %d verified by checksum", m.Verified)
	}
	return fmt.Sprintf("model    %s\nin       %s\nfiles    %d, %.1f MB%s\n", name, m.Folder, m.Files, float64(m.Bytes)/1e6, verified)
}

// locate returns the folder of a model. If the model is a name on the hub, locate finds it in the cache or fetches it into the cache.
func locate(ctx context.Context, cfg *config.FetchModel) (*hub.Model, error) {
	if info, err := os.Stat(cfg.Model); err == nil && info.IsDir() {
		switch {
		case cfg.Output == "":
			return nil, command.Usagef("output is not set; name the folder to copy %s to with --output", cfg.Model)
		case same(cfg.Model, cfg.Output):
			return nil, command.Usagef("output %s is the folder of the model itself", cfg.Output)
		}
		return &hub.Model{Folder: cfg.Model}, nil
	} else if strings.HasPrefix(cfg.Model, ".") || filepath.IsAbs(cfg.Model) {
		return nil, command.Usagef("model: there is no folder %q", cfg.Model)
	}
	if err := hub.CheckName(cfg.Model, cfg.Revision); err != nil {
		return nil, command.Usage(err)
	}
	cache, err := hub.CacheFromEnvironment()
	if err != nil {
		return nil, command.Usage(err)
	}
	request := hub.Request{Name: cfg.Model, Revision: cfg.Revision, Check: check}
	if hub.Offline() {
		return cache.Find(request)
	}
	client, err := hub.FromEnvironment()
	if err != nil {
		return nil, command.Usage(err)
	}
	var bar *progress.Bar
	request.Progress = func(total int64) func(int64) {
		bar = progress.NewUnit(total, "fetching "+request.Name, "B")
		return counter(bar)
	}
	found, err := client.Fetch(ctx, cache, request)
	bar.Finish()
	return found, err
}

// counter returns a function that counts bytes on a bar. A retry counts bytes back, but a bar cannot go back: it shows the farthest
// point so far.
func counter(bar *progress.Bar) func(n int64) {
	var at, farthest int64
	return func(n int64) {
		if at += n; at > farthest {
			bar.Add(int(at - farthest))
			farthest = at
		}
	}
}

// check reads a model's configuration and its tokenizer.
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
