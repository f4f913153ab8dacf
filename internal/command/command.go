// Package command holds what all commands share: signals, exit statuses, one-line errors, the flags of settings, log, completion, manual pages.
// It holds no command: those are in cmd/.
package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"skillspace/internal/progress"
	"skillspace/internal/usage"
)

// Exit statuses of every command.
const (
	ExitDone        = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitInterrupted = 130
)

// UsageError marks an error as wrong use of the command: exit status 2.
type UsageError = usage.Error

// Usage marks err as wrong use of the command: exit status 2. A nil error stays nil.
func Usage(err error) error { return usage.Wrap(err) }

// Usagef is Usage of fmt.Errorf.
func Usagef(format string, args ...any) error { return usage.Errorf(format, args...) }

// Main runs a command and ends the process: with status 0 when done, 1 when it failed, 2 for wrong use, 130 when interrupted.
//
// The first SIGINT or SIGTERM cancels cmd.Context(). The command then saves what is worth saving and returns an error that wraps
// context.Canceled. A nil error means that everything was done before it stopped. A second signal ends the process at once. An error is one line
// on stderr, "NAME: error". A panic on the command's own goroutine is one line too; with SKILLSPACE_TRACEBACK=1 its stack follows.
//
// linked names what the command is linked with, in rows of a name and a version that --version prints.
func Main(cmd *cobra.Command, linked ...func() [][2]string) {
	slog.SetDefault(slog.New(LogHandler("text")))
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	// A command computes from one thread. OpenMP and MKL give every thread that calls them its own helpers and buffers, so memory would grow while the
	// scheduler moved this goroutine between threads.
	runtime.LockOSThread()
	setVersion(cmd, linked)
	if folder := os.Getenv(ManVariable); folder != "" {
		cmd.RunE, cmd.Args = func(cmd *cobra.Command, _ []string) error { return WriteManPages(cmd, folder) }, cobra.NoArgs
	}
	os.Exit(Run(cmd, signals, progress.Stderr, os.Exit))
}

// Run is Main without the process: it executes cmd and returns the exit status. kill is called when a second signal arrives.
func Run(cmd *cobra.Command, signals <-chan os.Signal, stderr io.Writer, kill func(int)) (status int) {
	name := cmd.Name()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	interrupted := make(chan struct{})
	go watch(name, signals, stderr, func() { close(interrupted); cancel() }, kill, ctx.Done())
	started := prepare(cmd)
	defer func() {
		if p := recover(); p != nil {
			progress.Close()
			reportPanic(name, p, debug.Stack(), stderr)
			status = ExitFailed
		}
	}()
	err := cmd.ExecuteContext(ctx)
	progress.Close()
	if err == nil {
		return ExitDone
	}
	select {
	case <-interrupted:
		if errors.Is(err, context.Canceled) {
			fmt.Fprintf(stderr, "%s: interrupted\n", name)
			return ExitInterrupted
		}
	default:
	}
	var wrong *UsageError
	if !*started && !errors.As(err, &wrong) {
		err = Usagef("%w (see %s --help)", err, name)
	}
	fmt.Fprintf(stderr, "%s: %s\n", name, oneLine(err.Error()))
	if errors.As(err, &wrong) {
		return ExitUsage
	}
	return ExitFailed
}

// watch cancels at the first signal and kills at the second.
func watch(name string, signals <-chan os.Signal, stderr io.Writer, cancel func(), kill func(int), done <-chan struct{}) {
	select {
	case <-done:
		return
	case <-signals:
	}
	fmt.Fprintf(stderr, "%s: stopping (once more to quit at once, without saving)\n", name)
	cancel()
	<-signals
	progress.Close()
	kill(ExitInterrupted)
}

// prepare sets cobra up for one-line errors and wrapped help. started tells whether the command's own code was reached. An error before that is
// wrong use (of flags or arguments), whatever its type.
func prepare(cmd *cobra.Command) (started *bool) {
	started = new(bool)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetUsageTemplate(strings.ReplaceAll(cmd.UsageTemplate(), "Flags.FlagUsages ", "Flags | wrapped "))
	var wrap func(c *cobra.Command)
	wrap = func(c *cobra.Command) {
		c.InitDefaultHelpFlag()
		c.Flags().Lookup("help").Usage = "Print this help."
		c.InitDefaultVersionFlag()
		if version := c.Flags().Lookup("version"); version != nil {
			version.Usage = "Print the versions of the command and of what it is linked with."
		}
		if c.Args == nil {
			c.Args = cobra.NoArgs
			c.ValidArgsFunction = cobra.NoFileCompletions
		}
		if inner := c.RunE; inner != nil {
			c.RunE = func(c *cobra.Command, args []string) error {
				*started = true
				return inner(c, args)
			}
		}
		for _, sub := range c.Commands() {
			wrap(sub)
		}
	}
	wrap(cmd)
	return started
}

func reportPanic(name string, p any, stack []byte, stderr io.Writer) {
	fmt.Fprintf(stderr, "%s: internal error: %s (a bug: please report it with the command line and, from SKILLSPACE_TRACEBACK=1, the stack)\n",
		name, oneLine(fmt.Sprint(p)))
	if os.Getenv("SKILLSPACE_TRACEBACK") != "" {
		_, _ = stderr.Write(stack)
	}
}

// oneLine joins the lines of a message.
func oneLine(message string) string {
	var parts []string
	for _, line := range strings.FieldsFunc(message, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if line = strings.TrimSpace(line); line != "" {
			parts = append(parts, line)
		}
	}
	return strings.Join(parts, "; ")
}
