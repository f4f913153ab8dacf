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
	var all []input
	stdins := 0
	for _, path := range args {
		in := input{name: path, path: path, options: ads.Layout{Format: ads.Format(cfg.Input), TextColumn: cfg.TextColumn, IDColumn: cfg.IDColumn}}
		if path == "-" {
			if stdins++; stdins > 1 {
				return nil, command.Usagef("stdin (-) is named twice")
			}
			in.name, in.path, in.stdin = "stdin", "", stdin
			if cfg.Input == "auto" {
				in.options.Format = ads.Text
			}
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
			return nil, command.Usagef("%s: is a folder, want a file with ads", path)
		}
		if cfg.Input == "auto" {
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
	if rejects != nil && rejects.Rows > 0 && !errors.Is(err, context.Canceled) {
		fmt.Fprintf(progress.Stderr, "extract-skills: %s: %s\n", in.name, rejects)
	}
	return rejects, err
}

func (in input) read(ctx context.Context, use func(ads.Ad) error) (*corpus.Rejects, error) {
	r := in.stdin
	if in.path != "" {
		file, err := os.Open(in.path)
		if err != nil {
			return nil, fmt.Errorf("read ads: %w", err)
		}
		defer file.Close()
		if in.options.Format == ads.Parquet {
			info, err := file.Stat()
			if err != nil {
				return nil, fmt.Errorf("read ads: %w", err)
			}
			return ads.StreamParquet(ctx, in.name, file, info.Size(), in.options, use)
		}
		r = file
	} else if file, ok := r.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		fmt.Fprintln(progress.Stderr, "extract-skills: type or paste an ad, and end it with Ctrl-D")
	}
	return ads.Stream(ctx, in.name, ads.Interruptible(ctx, r), in.options, use)
}
