package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strconv"
)

// servedSteps are trained where no checkpoint is named: a minute or two, enough to be a model of ours and not the encoder as it came.
const servedSteps = 120

// served returns the checkpoint that the load test serves, and what it is in words: the one named, or one that is trained briefly, by the
// commands and presets that docs/results.md names for the whole of it.
func (b *bench) served(ctx context.Context) (folder, words string, err error) {
	if b.ServeCheckpoint != "" {
		return b.ServeCheckpoint, b.ServeCheckpoint, nil
	}
	slog.Info("no --serve-checkpoint: training one", "steps", servedSteps)
	corpus, run := filepath.Join(b.work, "served.jsonl"), filepath.Join(b.work, "served")
	for _, command := range [][]string{
		{"generate-corpus", "--config", "preset:corpus-esco", "--set", "taxonomy=" + b.Taxonomy, "--set", "output=" + corpus,
			"--set", "sentences=" + strconv.Itoa(servedSentences)},
		{"train-biencoder", "--config", "preset:biencoder-minilm-mean", "--set", "taxonomy=" + b.Taxonomy, "--set", "corpus=" + corpus,
			"--set", "model.encoder=" + b.Model, "--set", "run.dir=" + run, "--set", "train.precision=auto", "--set", "train.max_steps=" + strconv.Itoa(servedSteps),
			"--set", "train.checkpoint_every_steps=" + strconv.Itoa(servedSteps)},
	} {
		name := command[0] + " for the load test"
		if _, err := (&child{name: name, env: b.environment(), command: append([]string{filepath.Join(b.Bin, command[0])}, command[1:]...)}).run(ctx); err != nil {
			return "", "", err
		}
	}
	return filepath.Join(run, "checkpoints", "best"), fmt.Sprintf("a bi-encoder of preset:biencoder-minilm-mean after %d steps", servedSteps), nil
}

// servedSentences of its corpus: the preset's batches of 64 for so many steps, and what is held out.
const servedSentences = 12_000
