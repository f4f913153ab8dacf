package command

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"skillspace"
)

// setVersion makes --version print the release, the commit and what the command is linked with.
func setVersion(cmd *cobra.Command, linked []func() [][2]string) {
	cmd.Version = skillspace.Version()
	cobra.AddTemplateFunc("build", func() string {
		rows := [][2]string{{"commit", commit()}}
		for _, versions := range linked {
			rows = append(rows, versions()...)
		}
		var out strings.Builder
		table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
		for _, row := range rows {
			fmt.Fprintf(table, "%s\t%s\n", row[0], row[1])
		}
		_ = table.Flush() // a strings.Builder takes everything
		return out.String()
	})
	cmd.SetVersionTemplate("{{.Name}} {{.Version}}\n{{build}}")
}

// Version names the release and the commit, such as "0.1.0 (1f2e3d…)".
func Version() string { return skillspace.Version() + " (" + commit() + ")" }

// commit names the commit that the command was built from, as far as the build knows it.
func commit() string {
	revision := buildSetting("vcs.revision")
	if revision == "" {
		return "unknown"
	}
	if buildSetting("vcs.modified") == "true" {
		return revision + " with changes"
	}
	return revision
}

func buildSetting(key string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// ManVariable is the environment variable with a folder for manual pages. A command that finds it set writes its pages there and does nothing
// else; `make man` sets it.
const ManVariable = "SKILLSPACE_MAN_FOLDER"

// WriteManPages writes the manual pages of a command and its subcommands into a folder, such as serve.1.
func WriteManPages(cmd *cobra.Command, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("write manual pages: %w", err)
	}
	cmd.DisableAutoGenTag = true
	for _, sub := range cmd.Commands() {
		if sub.Name() == "completion" { // cobra's own
			cmd.RemoveCommand(sub)
		}
	}
	header := &doc.GenManHeader{Source: "skillspace " + skillspace.Version(), Manual: "skillspace"}
	if committed, err := time.Parse(time.RFC3339, buildSetting("vcs.time")); err == nil {
		header.Date = &committed // the same page for the same source
	}
	if err := doc.GenManTree(cmd, header, folder); err != nil {
		return fmt.Errorf("write manual pages: %w", err)
	}
	return nil
}
