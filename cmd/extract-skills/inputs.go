package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"skillspace/config"
	"skillspace/data/ads"
	"skillspace/data/corpus"
	"skillspace/data/textfile"
	"skillspace/internal/command"
	"skillspace/internal/progress"
)

// input is one source of ads.
type input struct {
	name    string
	path    string // empty: stdin
	stdin   io.Reader
	options ads.Layout
}

// findInputs checks every file before any work begins.
func findInputs(args []string, cfg *config.ExtractSkills, stdin io.Reader) ([]input, error) {
	if len(args) == 0 {
		args = []string{"-"}
	}
	encoding, err := textfile.FindEncoding(cfg.Encoding)
	if err != nil {
		return nil, command.Usage(err)
	}
	layout := ads.Layout{Format: ads.Format(cfg.Input), TextColumn: cfg.TextColumn, IDColumn: cfg.IDColumn, Encoding: encoding}
	var all []input
	stdins := 0
	for _, path := range args {
		in := input{name: path, path: path, options: layout}
		if path == "-" {
			if stdins++; stdins > 1 {
				return nil, command.Usagef("stdin (-) is named twice")
			}
			in.name, in.path, in.stdin = "stdin", "", stdin
			if in.options.Format == ads.Parquet {
				return nil, command.Usagef("stdin cannot be Parquet, which is read from its end; name a file")
			}
			all = append(all, in)
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, command.Usage(err)
		}
		if info.IsDir() {
			return nil, command.Usagef("%s is a folder, want a file with ads", path)
		}
		if in.options.Format == ads.Auto {
			if in.options.Format, err = ads.FormatOf(path); err != nil {
				return nil, command.Usage(err)
			}
		}
		all = append(all, in)
	}
	return all, nil
}

// stream calls use with every ad of the input and reports rejected rows on stderr. An error about a missing column
// names the flags.
func (in input) stream(ctx context.Context, use func(ads.Ad) error) (*corpus.Rejects, error) {
	rejects, err := in.read(ctx, use)
	var table *corpus.MissingColumnError
	var row *ads.MissingColumnError
	if errors.As(err, &table) || errors.As(err, &row) {
		err = command.Usage(fmt.Errorf("%w (--text-column names the one with the ads' texts, --id-column the one with their identifiers)", err))
	}
	if errors.Is(err, ads.ErrUnsupported) || errors.Is(err, ads.ErrParquet) {
		err = command.Usage(err)
	}
	hint := ""
	if encoding := rejects.LikelyEncoding(); encoding != "" {
		hint = fmt.Sprintf("the text seems to be in %s: --encoding %s reads it", encoding, encoding)
		if err != nil {
			err = fmt.Errorf("%w; %s", err, hint)
		}
	}
	if rejects != nil && rejects.Rows > 0 && !errors.Is(err, context.Canceled) {
		fmt.Fprintf(progress.Stderr, "extract-skills: %s: %s\n", in.name, rejects)
		if hint != "" {
			fmt.Fprintf(progress.Stderr, "extract-skills: %s: %s\n", in.name, hint)
		}
	}
	return rejects, err
}

func (in input) read(ctx context.Context, use func(ads.Ad) error) (*corpus.Rejects, error) {
	if in.path != "" {
		return ads.StreamFile(ctx, in.path, in.options, use)
	}
	if file, ok := in.stdin.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		fmt.Fprintln(progress.Stderr, "extract-skills: type or paste an ad, and end it with Ctrl-D")
	}
	return ads.Stream(ctx, in.name, ads.Interruptible(ctx, in.stdin), in.options, use)
}
