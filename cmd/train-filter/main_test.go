package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/checkpoints/checkpointtest"
	"skillspace/internal/command/commandtest"
)

func TestCommand(t *testing.T) { commandtest.Check(t, newCommand()) }

// labelled writes sentences of both kinds and returns the file.
func labelled(t *testing.T) string {
	t.Helper()
	var lines strings.Builder
	for i := range 40 {
		fmt.Fprintf(&lines, "{\"text\": \"You drive truck %d.\", \"label\": 1}\n{\"text\": \"We have %d cats.\", \"label\": 0}\n", i, i)
	}
	path := filepath.Join(t.TempDir(), "labelled.jsonl")
	if err := os.WriteFile(path, []byte(lines.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestStatuses(t *testing.T) {
	damaged := checkpointtest.CutWeights(t, checkpointtest.TinyBERT(t))
	line := func(encoder string) (args []string) {
		for _, assignment := range []string{
			"data.train=" + labelled(t), "data.share=0.3",
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
