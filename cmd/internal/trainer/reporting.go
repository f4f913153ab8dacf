package trainer

import (
	"context"
	"log/slog"

	"skillspace/checkpoints"
	"skillspace/config"
	"skillspace/index"
	"skillspace/internal/libtorch"
	"skillspace/internal/progress"
	"skillspace/train/dataset"
	"skillspace/train/validation"
)

// chooseThreshold chooses the score from which on skills are reported and stores it in the checkpoint in dir. It embeds all
// texts of the skills; the commands that read the checkpoint find them in its cache.
func chooseThreshold(ctx context.Context, where string, data *dataset.BiEncoder, dir string) error {
	if len(data.Queries) == 0 {
		slog.Warn("no threshold is chosen: no sentence is held out (validation.share); extract-skills and serve use their default", "default", config.FallbackThreshold)
		return nil
	}
	device, err := libtorch.Choose(where)
	if err != nil {
		return err
	}
	views, err := index.ParseViews(config.DefaultViews)
	if err != nil {
		return err
	}
	ranker, err := index.OpenCheckpoint(ctx, dir, data.Taxonomy.Skills(), index.OpenOptions{
		Precision: "fp32", Lexical: true, Views: views, Device: device, Cache: true, Progress: embeddingSkills,
	})
	if err != nil {
		return err
	}
	defer ranker.Close()
	r, err := validation.MeasureReporting(ctx, ranker, data)
	if err != nil {
		return err
	}
	r.Views, r.Lexical = config.DefaultViews, true
	best := r.Best()
	slog.Info("threshold chosen", "threshold", r.Threshold, "precision", best.Precision, "recall", best.Recall, "f1", best.F1(), "held-out sentences", r.Sentences)
	return checkpoints.SetReporting(dir, r)
}

func embeddingSkills(texts int) (add func(n int), done func()) {
	bar := progress.NewUnit(int64(texts), "embedding the skills", "texts")
	return bar.Add, bar.Finish
}
