package command

import (
	"strings"

	"github.com/spf13/cobra"

	"skillspace/config"
)

// AddConfigFlags adds --config and the repeatable --set, which fill opts for config.Load.
func AddConfigFlags(cmd *cobra.Command, opts *config.Options) {
	flags := cmd.Flags()
	flags.StringVar(&opts.File, "config", "", "YAML `file` with the settings, or preset:NAME, one of "+strings.Join(config.Presets(), ", "))
	// StringArray, not StringSlice: a value may hold commas.
	flags.StringArrayVar(&opts.Set, "set", nil, "set one `key=value`, such as run.seed=2; may be repeated, a later one wins")
}
