package command

import (
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"skillspace/config"
)

// Settings fills a command's configuration from --config, the environment, --set and the flags that stand for its keys.
type Settings struct {
	cmd    *cobra.Command
	schema config.Schema
	checks []func() error
	from   config.Sources
}

// Configure adds --config and --set to cmd. When cmd runs, schema is filled and checked before cmd.RunE, which must be set. Further checks
// see the filled schema; they return a *config.KeyError, to which the place is added where the key was set.
func Configure(cmd *cobra.Command, schema config.Schema, checks ...func() error) *Settings {
	s := &Settings{cmd: cmd, schema: schema, checks: checks}
	flags := cmd.Flags()
	source := "YAML `file` with settings"
	if presets := config.PresetsOf(schema); len(presets) > 0 {
		source += ", or preset:NAME with one of " + strings.Join(presets, ", ")
	}
	flags.StringVar(&s.from.File, "config", "", source+".")
	_ = cmd.RegisterFlagCompletionFunc("config", completePresets(schema)) // fails only for a flag that is not there
	// StringArray, not StringSlice: a value may hold commas.
	flags.StringArrayVar(&s.from.Set, "set", nil, "Set one `key=value`, such as "+example(schema)+". May be repeated; a later one wins.")
	_ = cmd.RegisterFlagCompletionFunc("set", completeAssignment(schema))
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := config.Fill(s.schema, s.from, s.checks...); err != nil {
			return err
		}
		return run(cmd, args)
	}
	return s
}

// AddFlags adds the flags of the keys named, or of every key outside a section if none is named. A flag wins over --config and --set.
// Its name is the key with dashes in place of underscores, and its help is the key's description. A flag of a list may be repeated.
func (s *Settings) AddFlags(keys ...string) {
	wanted := map[string]bool{}
	for _, key := range keys {
		wanted[key] = true
	}
	for _, setting := range config.Settings(s.schema) {
		if setting.Flag == "" || len(keys) > 0 && !wanted[setting.Key] {
			continue
		}
		value := &settingFlag{from: &s.from, setting: setting}
		flag := s.cmd.Flags().VarPF(value, setting.Flag, "", value.usage())
		if value.isSwitch() {
			flag.NoOptDefVal = "true" // --name alone means true
		}
		completeSetting(s.cmd, setting)
	}
}

// Argument returns a check of a command's arguments that takes at most one, which stands for a key.
func (s *Settings) Argument(key string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			s.from.Flags = append(s.from.Flags, config.Flag{Name: key, Text: args[0]})
		}
		return cobra.MaximumNArgs(1)(cmd, args)
	}
}

// example returns an assignment that --set takes.
func example(schema config.Schema) string {
	for _, setting := range config.Settings(schema) {
		if setting.Type != "text" && setting.Default != "" {
			return setting.Key + "=" + setting.Default
		}
	}
	setting := config.Settings(schema)[0]
	return setting.Key + "=x"
}

// settingFlag hands a flag's text on to config, which knows the key's type.
type settingFlag struct {
	from    *config.Sources
	setting config.Setting
	texts   []string
}

var _ pflag.Value = (*settingFlag)(nil)

// Set notes one more occurrence of the flag.
func (f *settingFlag) Set(text string) error {
	f.texts = append(f.texts, text)
	f.from.Flags = append(f.from.Flags, config.Flag{Name: f.setting.Flag, Text: text})
	return nil
}

// String returns the texts given, or the default.
func (f *settingFlag) String() string {
	if len(f.texts) == 0 {
		return f.setting.Default
	}
	return strings.Join(f.texts, ", ")
}

// Type names the value in the help.
func (f *settingFlag) Type() string {
	switch {
	case f.isSwitch():
		return "bool"
	case f.setting.Path != "":
		return f.setting.Path
	case strings.HasSuffix(f.setting.Type, "number"):
		return "number"
	}
	return "text"
}

func (f *settingFlag) isSwitch() bool { return f.setting.Type == "true, false" }

// usage is the setting's description. In a flag's usage, backquotes would name the value.
func (f *settingFlag) usage() string {
	usage := plain(f.setting.Description)
	if strings.HasPrefix(f.setting.Type, "list") {
		usage += " May be repeated."
	}
	return usage
}

func init() { cobra.AddTemplateFunc("wrapped", wrapped) }

// wrapped returns the help of flags in lines that fit the terminal.
func wrapped(flags *pflag.FlagSet) string {
	columns := 100
	if width, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil {
		columns = width
	}
	return flags.FlagUsagesWrapped(columns)
}
