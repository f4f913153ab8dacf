// Package commandtest checks what every command promises to its callers: its flags, its help, its manual pages, its place in config.Commands.
// It does not run the command's own code.
package commandtest

import (
	"bytes"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"skillspace/config"
	"skillspace/internal/command"
)

var update = flag.Bool("update-flags", false, "rewrite testdata/flags.txt")

// Check checks a command and its subcommands. testdata/flags.txt lists flags that other programs call, so none of them may be removed.
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
	checkMentions(t, cmd)
	for _, c := range withSubcommands(cmd) {
		checkAdvice(t, cmd, c)
	}
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

// line matches a line of an example, which is indented by two spaces.
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

// mention matches a flag that a text mentions.
var mention = regexp.MustCompile(`(?:^|[\s(` + "`" + `"])--([a-z][a-z0-9-]*)`)

// checkMentions checks that the flags that help and messages mention exist. The texts are those of the command's own source files.
func checkMentions(t *testing.T, cmd *cobra.Command) {
	t.Helper()
	known := map[string]bool{"version": true}
	for _, c := range withSubcommands(cmd) {
		c.InitDefaultHelpFlag()
		c.Flags().VisitAll(func(f *pflag.Flag) { known[f.Name] = true })
	}
	others := otherFlags(t)
	for _, text := range append(literals(t), helpOf(cmd)...) {
		for line := range strings.Lines(text) {
			for _, found := range mention.FindAllStringSubmatch(line, -1) {
				if flag := found[1]; !known[flag] && !namesOther(line, flag, others) {
					t.Errorf("%s has no flag --%s, which a text mentions: %q", cmd.Name(), flag, line)
				}
			}
		}
	}
}

// helpOf returns the help of a command's flags.
func helpOf(cmd *cobra.Command) []string {
	var texts []string
	for _, c := range withSubcommands(cmd) {
		c.Flags().VisitAll(func(f *pflag.Flag) { texts = append(texts, f.Usage) })
	}
	return texts
}

// literals returns the texts in the source files of the working folder.
func literals(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if text, err := strconv.Unquote(literal.Value); err == nil {
					texts = append(texts, text)
				}
			}
			return true
		})
	}
	return texts
}

// otherFlags returns the flags of all commands by command, from their lists of flags.
func otherFlags(t *testing.T) map[string]string {
	t.Helper()
	lists, err := filepath.Glob("../*/testdata/flags.txt")
	if err != nil {
		t.Fatal(err)
	}
	flags := map[string]string{}
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			t.Fatal(err)
		}
		flags[filepath.Base(filepath.Dir(filepath.Dir(list)))] = string(text)
	}
	return flags
}

// namesOther says whether a line names another command that has the flag.
func namesOther(line, flag string, others map[string]string) bool {
	for name, flags := range others {
		if strings.Contains(line, name) && regexp.MustCompile(` --`+flag+`\b`).MatchString(flags) {
			return true
		}
	}
	return false
}

// checkAdvice checks that the error about a missing setting suggests only flags that the command has.
func checkAdvice(t *testing.T, root, c *cobra.Command) {
	t.Helper()
	args := strings.Fields(strings.TrimPrefix(c.CommandPath(), root.Name()))
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(io.Discard)
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetArgs(append(args, "--print-config"))
	err := root.Execute()
	if !strings.Contains(out.String(), " # default\n") {
		t.Errorf("%s --print-config prints no settings: %q", c.CommandPath(), out.String())
	}
	if err == nil {
		return // nothing is required
	}
	if !strings.Contains(err.Error(), "(set it with --") && !strings.Contains(err.Error(), "(give it as ") {
		t.Errorf("%s: the error about a missing setting gives no advice: %v", c.CommandPath(), err)
	}
	for _, found := range mention.FindAllStringSubmatch(err.Error(), -1) {
		if c.Flags().Lookup(found[1]) == nil {
			t.Errorf("%s advises --%s, which it does not have: %v", c.CommandPath(), found[1], err)
		}
	}
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
