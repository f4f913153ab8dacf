package commandtest

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"skillspace/internal/command"
)

// Lines are command lines whose exit statuses CheckStatuses checks.
type Lines struct {
	// Fails is correct use that fails: exit status 1.
	Fails []string
	// FailsWith is part of its error.
	FailsWith string
	// Works is correct use that would succeed. It is interrupted before its first step: exit status 130.
	Works []string
	// Stdin is what both read from stdin.
	Stdin string
}

// CheckStatuses checks the exit statuses of a command in this process: 2 for wrong use, 1 for a failure, 130 for an interrupt. Each error is one
// line that begins with the command's name.
func CheckStatuses(t *testing.T, newCommand func() *cobra.Command, lines Lines) {
	t.Helper()
	for _, c := range []struct {
		name      string
		args      []string
		interrupt bool
		status    int
		want      string
	}{
		{"unknown flag", []string{"--no-such-flag"}, false, command.ExitUsage, "unknown flag: --no-such-flag"},
		{"unknown key", []string{"--set", "no_such_key=1"}, false, command.ExitUsage, `--set no_such_key=1: unknown key "no_such_key"`},
		{"no key=value", []string{"--set", "device", "cpu"}, false, command.ExitUsage, "want key=value: --set device=cpu"},
		{"unknown preset", []string{"--config", "preset:none"}, false, command.ExitUsage, "config preset:none: no such preset"},
		{"log format", []string{"--log-format", "xml"}, false, command.ExitUsage, `--log-format is "xml"; want `},
		{"failure", lines.Fails, false, command.ExitFailed, lines.FailsWith},
		{"interrupt", lines.Works, true, command.ExitInterrupted, ": interrupted\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, stderr := execute(newCommand(), c.args, lines.Stdin, c.interrupt)
			if status != c.status || !strings.Contains(stderr, c.want) {
				t.Errorf("%q: exit status %d, want %d; stderr %q, want %q", c.args, status, c.status, stderr, c.want)
			}
			for line := range strings.Lines(stderr) {
				if !strings.HasPrefix(line, newCommand().Name()+": ") {
					t.Errorf("the line %q does not begin with the command's name", line)
				}
			}
		})
	}
}

// execute runs a command as its process would, and returns the exit status and the errors. An interrupt arrives before the first step.
func execute(cmd *cobra.Command, args []string, stdin string, interrupt bool) (status int, stderr string) {
	signals := make(chan os.Signal, 1)
	if interrupt {
		signals <- os.Interrupt
		cmd.PreRun = func(cmd *cobra.Command, _ []string) { <-cmd.Context().Done() }
	}
	var errors bytes.Buffer
	cmd.SetArgs(args)
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(io.Discard)
	status = command.Run(cmd, signals, &errors, func(int) {})
	return status, errors.String()
}
