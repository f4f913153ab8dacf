// Command datasets fills the folder datasets/ with the public data sets that the presets and the documentation name (docs/data.md). It
// copies a file from ../shared where that has it, and downloads it from its repository otherwise. Each file is verified by its sha256.
// Files that are there already are kept.
//
//	go run ./scripts/datasets               all sets (make datasets)
//	go run ./scripts/datasets skillspan     one set
//
// SKILLSPACE_DATASETS names another folder than datasets. DATASETS_URL names a mirror with the paths OWNER/REPOSITORY/COMMIT/PATH.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
)

const host = "https://raw.githubusercontent.com"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	f := fetcher{folder: envOr("SKILLSPACE_DATASETS", "datasets"), shared: "../shared", host: envOr("DATASETS_URL", host), out: os.Stdout}
	if err := f.run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func envOr(variable, otherwise string) string {
	if v := os.Getenv(variable); v != "" {
		return v
	}
	return otherwise
}

// fetcher fills a folder.
type fetcher struct {
	folder string // to fill
	shared string // a folder with copies, which may be missing
	host   string // of the repositories' raw files, without a slash at the end
	out    io.Writer
}

// run fetches the sets with these folders, or all. A set that cannot be had does not stop the others; the error names it.
func (f *fetcher) run(ctx context.Context, wanted []string) error {
	chosen, err := choose(wanted)
	if err != nil {
		return err
	}
	var missing []string
	for _, s := range chosen {
		if err := f.fetchSet(ctx, s); err != nil {
			fmt.Fprintf(f.out, "%-28s %v\n", s.folder, err)
			missing = append(missing, s.folder)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if len(wanted) == 0 {
		f.linkModels()
	}
	fmt.Fprintln(f.out, "Licences and sources: docs/data.md. ESCO: this service uses the ESCO classification of the European Commission.")
	// zh-ads is not public, so that it is missing everywhere but here is no failure.
	if missing = remove(missing, "zh-ads"); len(missing) > 0 {
		return fmt.Errorf("not had: %s (docs/data.md says what works without)", strings.Join(missing, ", "))
	}
	return nil
}

func choose(wanted []string) ([]set, error) {
	if len(wanted) == 0 {
		return sets, nil
	}
	var chosen []set
	var names []string
	for _, s := range sets {
		names = append(names, s.folder)
	}
	for _, name := range wanted {
		found := false
		for _, s := range sets {
			if s.folder == name {
				chosen, found = append(chosen, s), true
			}
		}
		if !found {
			return nil, errors.New("no set " + name + "; there are " + strings.Join(names, ", "))
		}
	}
	return chosen, nil
}

func remove(names []string, name string) []string {
	var rest []string
	for _, n := range names {
		if n != name {
			rest = append(rest, n)
		}
	}
	return rest
}
