// Command train-filter trains the filter that removes sentences naming no skill. It holds flags and wiring only.
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
	cfg := new(config.TrainFilter)
	var resume bool
	cmd := &cobra.Command{
		Use:   "train-filter --config cfg.yaml",
		Short: "Train the filter that removes sentences without a skill",
		Long: `train-filter trains a classifier of sentences and calibrates its threshold. It writes a run folder
with config.yaml (every setting as resolved), metrics.jsonl, and the checkpoints best, last and
step-N. Ctrl-C saves and stops. --resume continues from there with the same result as a run that was
not stopped.`,
		Example: `  train-filter --config preset:filter-minilm
  train-filter --config cfg.yaml --set train.epochs=2 --resume`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return trainer.Filter(cmd.Context(), cfg, resume, cmd.OutOrStdout())
		},
	}
	command.Configure(cmd, cfg, func() error { return trainer.CheckFilter(cfg) })
	cmd.Flags().BoolVar(&resume, "resume", false, "Go on from the last checkpoint in the run folder. Without one, start.")
	return cmd
}
