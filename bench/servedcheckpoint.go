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

	names [3]string // of the sides: by the defaults, with a vector a skill, with the filter
}

// servedSteps are trained where no checkpoint is named: a minute or two, enough to be a model of ours and not the encoder as it came.
const servedSteps = 120

// servedSentences of their corpus: the presets' batches of 64 for so many steps, and what is held out.
const servedSentences = 12_000

// servedModels returns those named by flags, each replaced by one that is trained briefly where no flag names it, by the commands and presets that
// docs/results.md names for the whole of it.
func (b *bench) servedModels(ctx context.Context) ([]ServedModel, error) {
	models := []ServedModel{
		{b.ServeCheckpoint, b.ServeCheckpoint, b.ServeFilter, [3]string{oursServe, oursServeLabels, oursServeFilter}},
		{b.FastCheckpoint, b.FastCheckpoint, b.FastFilter, [3]string{oursFast, oursFastLabels, oursFastFilter}},
	}
	for i, preset := range []string{"biencoder-minilm-mean", "biencoder-minilm-fast"} {
		if m := &models[i]; m.Checkpoint == "" {
			var err error
			if m.Checkpoint, err = b.trainServed(ctx, preset); err != nil {
				return nil, err
			}
			m.Words = fmt.Sprintf("a bi-encoder of preset:%s after %d steps", preset, servedSteps)
		}
	}
	return models, nil
}

// trainServed trains a bi-encoder by a preset, briefly, and returns its checkpoint.
func (b *bench) trainServed(ctx context.Context, preset string) (string, error) {
	slog.Info("no checkpoint to serve is named: training one", "preset", preset, "steps", servedSteps)
	corpus, run := filepath.Join(b.work, "served.jsonl"), filepath.Join(b.work, preset)
	steps := strconv.Itoa(servedSteps)
	for _, command := range [][]string{
		{"generate-corpus", "--config", "preset:corpus-esco", "--set", "taxonomy=" + b.Taxonomy, "--set", "output=" + corpus,
			"--set", "sentences=" + strconv.Itoa(servedSentences)},
		{"train-biencoder", "--config", "preset:" + preset, "--set", "taxonomy=" + b.Taxonomy, "--set", "corpus=" + corpus,
			"--set", "model.encoder=" + b.Model, "--set", "run.dir=" + run, "--set", "train.precision=auto", "--set", "train.max_steps=" + steps,
			"--set", "train.checkpoint_every_steps=" + steps},
	} {
		name := command[0] + " for the load test"
		if _, err := (&child{name: name, env: b.environment(), command: append([]string{filepath.Join(b.Bin, command[0])}, command[1:]...)}).run(ctx); err != nil {
			return "", err
		}
	}
	return filepath.Join(run, "checkpoints", "best"), nil
}
