package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strconv"
)

// ServedModel is a model that the load test serves, without its filter and, where there is one, with it.
type ServedModel struct {
	Checkpoint string `json:"checkpoint"`
	Words      string `json:"words"` // what the checkpoint is
	Filter     string `json:"filter,omitempty"`

	side string // its name by the defaults; the other sides' begin with it
}

// servedSteps are trained where no checkpoint is named: a minute or two, enough to be a model of ours and not the encoder as it came.
const servedSteps = 120

// servedSentences of their corpus: enough for the presets' batches of 64 in these steps, and for the held-out share.
const servedSentences = 12_000

// servedModels returns those named by flags, each replaced by one that is trained briefly where no flag names it, by the commands and presets that
// docs/results.md names for the whole of it.
func (b *bench) servedModels(ctx context.Context) ([]ServedModel, error) {
	models := []ServedModel{
		{b.ServeCheckpoint, b.ServeCheckpoint, b.ServeFilter, oursServe},
		{b.FastCheckpoint, b.FastCheckpoint, b.FastFilter, oursFast},
	}
	corpus := ""
	for i, preset := range []string{"biencoder-minilm-mean", "biencoder-minilm-fast"} {
		m := &models[i]
		if m.Checkpoint != "" {
			continue
		}
		slog.Info("no checkpoint to serve is named: training one", "preset", preset, "steps", servedSteps)
		var err error
		if corpus == "" {
			if corpus, err = b.writeServed(ctx); err != nil {
				return nil, err
			}
		}
		if m.Checkpoint, err = b.trainServed(ctx, preset, corpus); err != nil {
			return nil, err
		}
		m.Words = fmt.Sprintf("a bi-encoder of preset:%s after %d steps", preset, servedSteps)
	}
	return models, nil
}

// writeServed writes the corpus that the briefly trained models share.
func (b *bench) writeServed(ctx context.Context) (string, error) {
	corpus := filepath.Join(b.work, "served.jsonl")
	return corpus, b.forServed(ctx, "generate-corpus", "preset:corpus-esco", "output="+corpus, "sentences="+strconv.Itoa(servedSentences))
}

// trainServed trains a bi-encoder by a preset, briefly, and returns its checkpoint.
func (b *bench) trainServed(ctx context.Context, preset, corpus string) (string, error) {
	run, steps := filepath.Join(b.work, preset), strconv.Itoa(servedSteps)
	err := b.forServed(ctx, "train-biencoder", "preset:"+preset, "corpus="+corpus, "model.encoder="+b.Model, "run.dir="+run,
		"train.precision=auto", "train.max_steps="+steps, "train.checkpoint_every_steps="+steps)
	return filepath.Join(run, "checkpoints", "best"), err
}

// forServed runs one of our commands over the taxonomy, by a preset and further settings.
func (b *bench) forServed(ctx context.Context, command, preset string, settings ...string) error {
	args := []string{filepath.Join(b.Bin, command), "--config", preset, "--set", "taxonomy=" + b.Taxonomy}
	for _, setting := range settings {
		args = append(args, "--set", setting)
	}
	_, err := (&child{name: command + " for the load test", env: b.environment(), command: args}).run(ctx)
	return err
}
