// Command train-biencoder trains the bi-encoder on a synthetic corpus. It holds flags and wiring only.
package main

import (
	"github.com/spf13/cobra"

	"skillspace/cmd/internal/trainer"
	"skillspace/config"
	"skillspace/internal/command"
)

func main() { command.Main(newCommand()) }

func newCommand() *cobra.Command {
	cfg := new(config.TrainBiencoder)
	var resume bool
	cmd := &cobra.Command{
		Use:   "train-biencoder --config cfg.yaml",
		Short: "Train the bi-encoder of sentences and skills",
		Long: "train-biencoder trains an encoder so that a job-ad sentence lies near the skills it names. It writes a run folder:\n" +
			"config.yaml as resolved, metrics.jsonl, and checkpoints/best, last and step-N. Ctrl-C saves; --resume goes on exactly there.",
		Example: "  train-biencoder --config preset:biencoder-minilm\n  train-biencoder --config cfg.yaml --set train.epochs=2 --resume",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return trainer.BiEncoder(cmd.Context(), cfg, resume, cmd.OutOrStdout())
		},
	}
	command.Configure(cmd, cfg, func() error { return trainer.CheckBiEncoder(cfg) })
	cmd.Flags().BoolVar(&resume, "resume", false, "go on from the run folder's last checkpoint (from the start if there is none)")
	return cmd
}
