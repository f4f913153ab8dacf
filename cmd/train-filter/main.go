// Command train-filter trains the filter that removes sentences naming no skill. It holds flags and wiring only.
package main

import (
	"github.com/spf13/cobra"

	"skillspace/cmd/internal/trainer"
	"skillspace/config"
	"skillspace/internal/command"
)

func main() { command.Main(newCommand()) }

func newCommand() *cobra.Command {
	cfg := new(config.TrainFilter)
	var resume bool
	cmd := &cobra.Command{
		Use:   "train-filter --config cfg.yaml",
		Short: "Train the filter that removes sentences naming no skill",
		Long: "train-filter trains a classifier of sentences and calibrates its threshold. It writes a run folder:\n" +
			"config.yaml as resolved, metrics.jsonl, and checkpoints/best, last and step-N. Ctrl-C saves; --resume goes on exactly there.",
		Example: "  train-filter --config preset:filter-minilm\n  train-filter --config cfg.yaml --set train.epochs=2 --resume",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return trainer.Filter(cmd.Context(), cfg, resume, cmd.OutOrStdout())
		},
	}
	command.Configure(cmd, cfg, func() error { return trainer.CheckFilter(cfg) })
	cmd.Flags().BoolVar(&resume, "resume", false, "go on from the run folder's last checkpoint (from the start if there is none)")
	return cmd
}
