package command

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"skillspace/config"
)

// AddSettingFlag adds a flag that stands for the config key of its name (dashes become underscores), such as --filter-data for
// filter_data, and wins over --config and --set. usage names the value in backquotes. A flag of a list may be repeated.
func AddSettingFlag(cmd *cobra.Command, opts *config.Options, name, usage string) {
	cmd.Flags().VarP(&settingFlag{opts: opts, name: name}, name, "", usage)
}

// AddSwitchFlag is AddSettingFlag for a key that is true or false: --name alone means true.
func AddSwitchFlag(cmd *cobra.Command, opts *config.Options, name, usage string) {
	flag := cmd.Flags().VarPF(&settingFlag{opts: opts, name: name, isSwitch: true}, name, "", usage)
	flag.NoOptDefVal = "true"
}

// settingFlag hands a flag's text on to config.Load, which knows the key's type.
type settingFlag struct {
	opts     *config.Options
	name     string
	isSwitch bool
	texts    []string
}

var _ pflag.Value = (*settingFlag)(nil)

// Set notes one more occurrence of the flag.
func (f *settingFlag) Set(text string) error {
	f.texts = append(f.texts, text)
	f.opts.Flags = append(f.opts.Flags, config.Flag{Name: f.name, Text: text})
	return nil
}

// String returns the texts given.
func (f *settingFlag) String() string { return strings.Join(f.texts, ", ") }

// Type names the value's type in the help.
func (f *settingFlag) Type() string {
	if f.isSwitch {
		return "bool"
	}
	return "value"
}
