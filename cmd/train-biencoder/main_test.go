package main

import (
	"path/filepath"
	"testing"

	"skillspace/checkpoints/checkpointtest"
	"skillspace/internal/command/commandtest"
)

const (
	ontology  = "../../examples/ontology"
	sentences = "../../examples/sentences.jsonl"
)

func TestCommand(t *testing.T) { commandtest.Check(t, newCommand()) }

func TestStatuses(t *testing.T) {
	damaged := checkpointtest.CutWeights(t, checkpointtest.TinyBERT(t))
	line := func(encoder string) (args []string) {
		for _, assignment := range []string{
			"taxonomy=" + ontology, "corpus=" + sentences, "validation.share=0.3", "validation.max_queries=10",
			"model.encoder=" + encoder, "model.max_length=32", "train.max_steps=2", "train.batch_size=4", "run.dir=" + filepath.Join(t.TempDir(), "run"),
			"device=cpu",
		} {
			args = append(args, "--set", assignment)
		}
		return args
	}
	commandtest.CheckStatuses(t, newCommand, commandtest.Lines{
		Fails: line(damaged), FailsWith: "model.safetensors",
		Works: line(checkpointtest.TinyBERT(t)),
	})
}
