// Package commandtest checks what every command promises to its callers: its flags, its help, its manual pages, its place in config.Commands.
// It does not run the command's own code.
package commandtest

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"skillspace/config"
	"skillspace/internal/command"
)

var update = flag.Bool("update-flags", false, "rewrite testdata/flags.txt")

// Check checks a command and its subcommands. testdata/flags.txt lists flags that other programs call, so none of them may go.
// A new flag is listed with -update-flags.
func Check(t *testing.T, cmd *cobra.Command) {
	t.Helper()
	if !slices.ContainsFunc(config.Commands(), func(c config.Command) bool { return c.Name == cmd.Name() }) {
		t.Errorf("config.Commands lacks %s", cmd.Name())
	}
	var flags strings.Builder
	for _, c := range withSubcommands(cmd) {
		checkTexts(t, c)
		c.Flags().VisitAll(func(f *pflag.Flag) {
			flags.WriteString(c.CommandPath() + " --" + f.Name)
			if f.Shorthand != "" {
				flags.WriteString(" -" + f.Shorthand)
			}
			if f.NoOptDefVal != "" {
				flags.WriteString(" (switch)")
			}
			flags.WriteString("\n")
		})
	}
	checkFlags(t, flags.String())
	checkManPages(t, cmd)
}

func withSubcommands(cmd *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{cmd}
	for _, c := range cmd.Commands() {
		if c.Name() != "help" {
			all = append(all, c)
		}
	}
	return all
}

// line is a command line of an example: indented, a command or what surrounds one.
var line = regexp.MustCompile(`^  \S`)

// checkTexts checks the form of the help.
func checkTexts(t *testing.T, c *cobra.Command) {
	t.Helper()
	if c.Short == "" || strings.HasSuffix(c.Short, ".") || c.Long == "" || c.Example == "" {
		t.Errorf("%s: wants a Short without a full stop, a Long and an Example", c.CommandPath())
	}
	for text := range strings.Lines(c.Example) {
		if !line.MatchString(text) {
			t.Errorf("%s: the line %q of the example is not indented by two spaces", c.CommandPath(), text)
		}
	}
	for text := range strings.Lines(c.Long) {
		if len(text) > 101 {
			t.Errorf("%s: the help has a line of %d characters: %q", c.CommandPath(), len(text), text)
		}
	}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Usage == "" {
			t.Errorf("%s --%s: no help", c.CommandPath(), f.Name)
		}
	})
}

func checkFlags(t *testing.T, got string) {
	t.Helper()
	const golden = "testdata/flags.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	for flag := range strings.Lines(string(want)) {
		if !strings.Contains("\n"+got, "\n"+flag) {
			t.Errorf("the flag %s of %s is gone or has changed", strings.TrimSpace(flag), golden)
		}
	}
}

// checkManPages checks that each command has a page that names its flags.
func checkManPages(t *testing.T, cmd *cobra.Command) {
	t.Helper()
	folder := t.TempDir()
	if err := command.WriteManPages(cmd, folder); err != nil {
		t.Fatal(err)
	}
	for _, c := range withSubcommands(cmd) {
		page, err := os.ReadFile(filepath.Join(folder, strings.ReplaceAll(c.CommandPath(), " ", "-")+".1"))
		if err != nil {
			t.Fatal(err)
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if !bytes.Contains(page, []byte("--"+f.Name)) {
				t.Errorf("the page of %s lacks --%s", c.CommandPath(), f.Name)
			}
		})
	}
}
