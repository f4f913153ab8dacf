// Command export-checkpoint writes a checkpoint as a folder that other programs load: Hugging Face's layout, a model
// card and the skills. Package checkpoints writes the folder.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"skillspace/checkpoints"
	"skillspace/checkpoints/onnx"
	"skillspace/checkpoints/torchscript"
	"skillspace/config"
	"skillspace/data/taxonomy"
	"skillspace/embedding"
	"skillspace/index"
	"skillspace/internal/command"
	"skillspace/internal/libtorch"
	"skillspace/internal/progress"
)

func main() { command.Main(newCommand(), libtorch.Build) }

func newCommand() *cobra.Command {
	cfg := new(config.ExportCheckpoint)
	cmd := &cobra.Command{
		Use:   "export-checkpoint --checkpoint DIR --output DIR [--taxonomy DIR]",
		Short: "Write a checkpoint as a folder that other programs load",
		Long: `export-checkpoint writes config.json, model.safetensors and the tokenizer as transformers loads
them, the head, and a model card. It adds the files of sentence-transformers if that library can
compute the same embeddings. With --taxonomy it adds the skills and their embeddings. The folder is
a checkpoint too; with its skills stored, it needs no --taxonomy. With --format onnx or torchscript,
one file with the whole model, from token ids to the embedding or the probability, replaces the
files of weights.`,
		Example: `  export-checkpoint --checkpoint runs/biencoder/checkpoints/best --taxonomy datasets/esco --output model`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return libtorch.Advise(run(cmd.Context(), cfg, cmd.OutOrStdout()), embedding.MemoryAdvice)
		},
	}
	command.Configure(cmd, cfg).AddFlags()
	return cmd
}

func run(ctx context.Context, cfg *config.ExportCheckpoint, stdout io.Writer) error {
	source, err := check(cfg)
	if err != nil {
		return command.Usage(err)
	}
	defer source.Close()
	if cfg.Threads > 0 {
		if err := libtorch.SetThreads(cfg.Threads); err != nil {
			return fmt.Errorf("threads: %w", err)
		}
	}
	extra, about, err := skillFiles(ctx, cfg, source)
	if err != nil {
		return err
	}
	about.Layout, about.Precision = cfg.Format, cfg.Precision
	card, err := checkpoints.Card(source, about)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "export-checkpoint-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	foreign, err := foreignFiles(cfg, source, work)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	exported, err := source.Export(cfg.Output, cfg.Format == "safetensors", append(append(extra, card), foreign...))
	if err != nil {
		return err
	}
	return report(stdout, cfg, exported, about)
}

// foreignFiles returns the files that other programs read, besides or instead of the weights. work is a folder for
// temporary files.
func foreignFiles(cfg *config.ExportCheckpoint, source *checkpoints.Checkpoint, work string) (files []checkpoints.ExtraFile, err error) {
	switch cfg.Format {
	case "safetensors":
		return checkpoints.SentenceTransformersFiles(source)
	case "torchscript":
		return scripts(source, work)
	}
	models, err := onnx.Export(source, onnx.Options{Int8: cfg.Precision == "int8"})
	if err != nil {
		return nil, err
	}
	for _, model := range models {
		files = append(files, checkpoints.ExtraFile{Name: model.Name, Write: func(w io.Writer) error { _, err := w.Write(model.Data); return err }})
	}
	return files, nil
}

// scripts writes TorchScript modules to work, from where the export copies them.
func scripts(source *checkpoints.Checkpoint, work string) (files []checkpoints.ExtraFile, err error) {
	names, err := torchscript.Export(source, work)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		files = append(files, checkpoints.ExtraFile{Name: name, Write: func(w io.Writer) error {
			file, err := os.Open(filepath.Join(work, name))
			if err != nil {
				return err
			}
			defer file.Close()
			_, err = io.Copy(w, file)
			return err
		}})
	}
	return files, nil
}

// check refuses wrong settings before any work.
func check(cfg *config.ExportCheckpoint) (*checkpoints.Checkpoint, error) {
	source, err := checkpoints.Open(cfg.Checkpoint)
	if err != nil {
		return nil, err
	}
	err = checkpoints.CheckOutput(cfg.Checkpoint, cfg.Output)
	if source.Manifest.Kind == checkpoints.Filter && cfg.Taxonomy != "" {
		err = fmt.Errorf("taxonomy: a filter has no skills to embed; leave it out")
	}
	if err != nil {
		return nil, errors.Join(err, source.Close())
	}
	return source, nil
}

// skillFiles embeds the skills of the taxonomy, if there is one.
func skillFiles(ctx context.Context, cfg *config.ExportCheckpoint, source *checkpoints.Checkpoint) ([]checkpoints.ExtraFile, checkpoints.CardOptions, error) {
	var about checkpoints.CardOptions
	if cfg.Taxonomy == "" {
		return nil, about, nil
	}
	tax, err := taxonomy.LoadLanguage(cfg.Taxonomy, cfg.TaxonomyLanguage)
	if err != nil {
		return nil, about, command.Usage(err)
	}
	views, err := index.ParseViews(cfg.Views)
	if err != nil {
		return nil, about, command.Usage(err)
	}
	device, err := libtorch.Choose(cfg.Device)
	if err != nil {
		return nil, about, command.Usage(err)
	}
	ranker, err := index.OpenCheckpointFrom(ctx, source, tax.Skills(), index.OpenOptions{
		Views: views, Device: device, Cache: cfg.Cache, Progress: progress.Counting("embedding skills", "texts"),
	})
	if err != nil {
		return nil, about, err
	}
	defer ranker.Close()
	key := index.Key(source.Manifest.Identity(), tax.Skills(), views)
	about.Skills, about.SkillRows = len(tax.Skills()), index.TextCount(tax.Skills(), views)
	return []checkpoints.ExtraFile{
		{Name: index.SkillsFile, Write: func(w io.Writer) error { return index.WriteSkills(w, tax.Skills(), views) }},
		{Name: index.EmbeddingsFile, Write: func(w io.Writer) error { return ranker.Index.Write(w, key) }},
	}, about, nil
}

func report(stdout io.Writer, cfg *config.ExportCheckpoint, m *checkpoints.Manifest, about checkpoints.CardOptions) error {
	var size int64
	for _, file := range m.Files {
		size += file.Bytes
	}
	loads := "transformers (README.md shows how)"
	switch {
	case cfg.Format == "torchscript":
		loads = "PyTorch and C++ libtorch, by torch.jit.load (README.md shows how)"
	case cfg.Format == "onnx":
		loads = "ONNX runtimes (README.md shows how)"
	case m.InSentenceTransformers():
		loads = "transformers and sentence-transformers, and as --checkpoint"
	default:
		loads += ", and as --checkpoint"
	}
	skills := ""
	if about.Skills > 0 {
		skills = fmt.Sprintf("skills    %d, in %d embeddings\n", about.Skills, about.SkillRows)
	}
	_, err := fmt.Fprintf(stdout, "exported  %s to %s\nfiles     %d, %.1f MB\n%sloads in  %s\n",
		cfg.Checkpoint, cfg.Output, len(m.Files)+1, float64(size)/1e6, skills, loads)
	return err
}
