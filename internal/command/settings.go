package command

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"skillspace/config"
)

// Settings fills a command's configuration from --config, the environment, --set and the flags that stand for its keys.
type Settings struct {
	cmd    *cobra.Command
	schema config.Schema
	checks []func() error
	args   cobra.PositionalArgs
	from   config.Sources
	print  bool // the resolved settings, and do nothing else
	list   bool // the settings, and do nothing else
	quiet  bool
	format string // of the log, where the schema has no key for it
}

// Configure adds the flags that every command has. When cmd runs, schema is filled and checked before cmd.RunE, which must be set. Further
// checks see the filled schema; they return a *config.KeyError, and the place where the key was set is added to it.
func Configure(cmd *cobra.Command, schema config.Schema, checks ...func() error) *Settings {
	s := &Settings{cmd: cmd, schema: schema, checks: checks, args: cmd.Args}
	if cmd.Args == nil {
		s.args, cmd.ValidArgsFunction = cobra.NoArgs, cobra.NoFileCompletions
	}
	cmd.Args = s.checkArgs
	s.addSources()
	s.addOutput()
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := s.startLog(); err != nil {
			return err
		}
		if s.list {
			return listSettings(cmd.OutOrStdout(), s.schema)
		}
		if s.print {
			return config.Print(cmd.OutOrStdout(), s.schema, s.from, s.checks...)
		}
		if err := config.Fill(s.schema, s.from, s.checks...); err != nil {
			return err
		}
		return run(cmd, args)
	}
	return s
}

// addSources adds --config and --set.
func (s *Settings) addSources() {
	flags, schema := s.cmd.Flags(), s.schema
	source := "YAML `file` with settings"
	if presets := config.PresetsOf(schema); len(presets) > 0 {
		source += ", or preset:NAME with one of " + strings.Join(presets, ", ")
	}
	flags.StringVar(&s.from.File, "config", "", source+".")
	_ = s.cmd.RegisterFlagCompletionFunc("config", completePresets(schema)) // fails only for a flag that is not there
	// StringArray, not StringSlice: a value may hold commas.
	flags.StringArrayVar(&s.from.Set, "set", nil, "Set one `key=value`, such as "+example(schema)+". May be repeated; a later one wins.")
	_ = s.cmd.RegisterFlagCompletionFunc("set", completeAssignment(schema))
}

// addOutput adds the flags that say what a command prints beside its results.
func (s *Settings) addOutput() {
	flags := s.cmd.Flags()
	flags.BoolVar(&s.print, "print-config", false, "Print every setting with its value and where the value comes from, and exit.")
	flags.BoolVar(&s.list, "list-settings", false, "Print every setting with its type, default, choices and description, and exit.")
	flags.BoolVar(&s.quiet, "quiet", false, "Log warnings and errors only, without progress bars.")
	if !slices.ContainsFunc(config.Settings(s.schema), func(setting config.Setting) bool { return setting.Key == "log_format" }) {
		flags.StringVar(&s.format, "log-format", "text", "Format of the log on stderr: text, json, or auto (text on a terminal, else JSON).")
		_ = s.cmd.RegisterFlagCompletionFunc("log-format", cobra.FixedCompletions(logFormats, cobra.ShellCompDirectiveNoFileComp))
	}
}

// checkArgs checks the arguments of the command line. One that follows "--set key" is most likely the key's value.
func (s *Settings) checkArgs(cmd *cobra.Command, args []string) error {
	for _, text := range s.from.Set {
		if !strings.Contains(text, "=") && len(args) > 0 {
			return Usagef("--set %s %s: want key=value: --set %s=%s", text, args[0], text, args[0])
		}
	}
	if err := s.args(cmd, args); err != nil && !s.print && !s.list {
		return err
	}
	return nil
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
		s.from.FlagKeys = append(s.from.FlagKeys, setting.Key)
	}
}

// Argument lets the command have at most one argument, which stands for a key.
func (s *Settings) Argument(key string) {
	s.cmd.ValidArgsFunction = nil
	s.from.ArgumentKey = key
	s.args = func(cmd *cobra.Command, args []string) error {
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

// settingFlag passes a flag's text to config, which knows the key's type.
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
