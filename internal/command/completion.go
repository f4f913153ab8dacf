package command

import (
	"strings"

	"github.com/spf13/cobra"

	"skillspace/config"
)

// completePresets completes --config: a preset of the command, or else a file.
func completePresets(schema config.Schema) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		var presets []cobra.Completion
		for _, name := range config.PresetsOf(schema) {
			if preset := "preset:" + name; strings.HasPrefix(preset, typed) {
				presets = append(presets, preset)
			}
		}
		return presets, cobra.ShellCompDirectiveDefault
	}
}

// completeAssignment completes --set: first the key, then a value where the choices are known.
func completeAssignment(schema config.Schema) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		key, _, hasKey := strings.Cut(typed, "=")
		var found []cobra.Completion
		for _, setting := range config.Settings(schema) {
			switch {
			case !hasKey && strings.HasPrefix(setting.Key, typed):
				found = append(found, cobra.CompletionWithDesc(setting.Key+"=", plain(setting.Description)))
			case hasKey && setting.Key == key:
				for _, choice := range choices(setting) {
					found = append(found, key+"="+choice)
				}
				return found, cobra.ShellCompDirectiveNoFileComp
			}
		}
		return found, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
	}
}

// completeSetting completes the value of a flag that stands for a key.
func completeSetting(cmd *cobra.Command, setting config.Setting) {
	switch setting.Path {
	case "folder":
		_ = cmd.MarkFlagDirname(setting.Flag) // fails only for a flag that is not there
	case "file":
		_ = cmd.MarkFlagFilename(setting.Flag)
	default:
		_ = cmd.RegisterFlagCompletionFunc(setting.Flag, cobra.FixedCompletions(choices(setting), cobra.ShellCompDirectiveNoFileComp))
	}
}

// choices returns the known values of a setting.
func choices(setting config.Setting) []string {
	if setting.Type == "true, false" {
		return []string{"true", "false"}
	}
	var words []string
	for _, choice := range setting.Choices {
		if !strings.HasSuffix(choice, ":N") { // stands for any index
			words = append(words, choice)
		}
	}
	return words
}

// plain returns a description without the backquotes around values.
func plain(description string) string { return strings.ReplaceAll(description, "`", "") }
