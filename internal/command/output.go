package command

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"skillspace/config"
	"skillspace/internal/progress"
)

// logFormats are the values of --log-format.
var logFormats = []string{"text", "json", "auto"}

// startLog applies --quiet and --log-format.
func (s *Settings) startLog() error {
	if s.quiet {
		logLevel.Set(slog.LevelWarn)
		progress.Hide()
	}
	if s.format == "" {
		return nil // the schema has a key for it
	}
	if !slices.Contains(logFormats, s.format) {
		return Usagef("--log-format is %q; want text, json or auto", s.format)
	}
	slog.SetDefault(slog.New(LogHandler(s.format)))
	return nil
}

var logLevel = new(slog.LevelVar)

// LogHandler returns a handler that writes the log to stderr beside the progress bars, as text or as JSON lines. The format "auto" is text on a
// terminal, else JSON. With --quiet, the handler leaves out what is below a warning.
func LogHandler(format string) slog.Handler {
	options := &slog.HandlerOptions{Level: logLevel}
	if format == "json" || format == "auto" && !term.IsTerminal(int(os.Stderr.Fd())) {
		return slog.NewJSONHandler(progress.Stderr, options)
	}
	return slog.NewTextHandler(progress.Stderr, options)
}

// listSettings prints a paragraph for each setting.
func listSettings(w io.Writer, schema config.Schema) error {
	for _, setting := range config.Settings(schema) {
		facts := []string{setting.Type}
		if setting.Type == "text" && setting.Path != "" {
			facts[0] = setting.Path
		}
		if len(setting.Choices) > 0 {
			facts[0] = strings.Join(setting.Choices, ", ")
		}
		if setting.Default != "" {
			facts = append(facts, "default "+setting.Default)
		}
		if _, err := fmt.Fprintf(w, "%s (%s)\n    %s\n", setting.Key, strings.Join(facts, "; "), plain(setting.Description)); err != nil {
			return err
		}
	}
	return nil
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
