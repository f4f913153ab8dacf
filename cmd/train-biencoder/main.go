// Command train-biencoder trains the bi-encoder on a synthetic corpus. It holds flags and wiring only.
package main

import (
	"github.com/spf13/cobra"

	"skillspace/cmd/internal/trainer"
	"skillspace/config"
	"skillspace/internal/command"
	"skillspace/internal/libtorch"
)

func main() { command.Main(newCommand(), libtorch.Build) }

func newCommand() *cobra.Command {
	cfg := new(config.TrainBiencoder)
	var resume bool
	cmd := &cobra.Command{
		Use:   "train-biencoder --config cfg.yaml",
		Short: "Train the bi-encoder of sentences and skills",
		Long: `train-biencoder trains an encoder so that a sentence of a job ad lies near the skills that it names.
It writes a run folder with config.yaml (every setting as resolved), metrics.jsonl, and the
checkpoints best, last and step-N. Ctrl-C saves and stops. --resume continues there with the same
result as a run that was not stopped.`,
		Example: `  train-biencoder --config preset:biencoder-minilm
  train-biencoder --config cfg.yaml --set train.epochs=2 --resume`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return trainer.BiEncoder(cmd.Context(), cfg, resume, cmd.OutOrStdout())
		},
	}
	command.Configure(cmd, cfg, func() error { return trainer.CheckBiEncoder(cfg) })
	cmd.Flags().BoolVar(&resume, "resume", false, "Go on from the last checkpoint in the run folder. Without one, start.")
	return cmd
}
