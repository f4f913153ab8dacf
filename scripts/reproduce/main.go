// Command reproduce runs the experiment of arXiv 2601.09119 over an ontology and benchmarks: each variant of the model,
// the loss, the corpus and the scores, with several seeds, beside the baselines. It runs the project's own commands
// below bin/ and keeps what each of them made, so that a run that was stopped or killed goes on where it was. Its results
// are RESULTS.md, results.html and results.json in its folder.
//
//	go run ./scripts/reproduce --plan                  what it would do and how long that takes
//	go run ./scripts/reproduce                         the English experiment over ESCO (hours)
//	go run ./scripts/reproduce --experiment quick      the same on the sample ontology (10 minutes)
//	go run ./scripts/reproduce --set seeds=1           one seed
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch err := run(ctx, os.Args[1:]); {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "reproduce: stopped; the same command continues")
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, "reproduce:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("reproduce", flag.ContinueOnError)
	name := flags.String("experiment", "english", "which experiment: "+strings.Join(experimentNames(), ", "))
	folder := flags.String("folder", "", "folder of the run (default runs/reproduce-EXPERIMENT)")
	bin := flags.String("bin", "bin", "folder of the commands; make build fills it")
	onlyPlan := flags.Bool("plan", false, "print the steps and the time they take, and run nothing")
	var o overrides
	flags.Func("set", "KEY=VALUE: seeds (1,2,3), taxonomy, encoder, benchmarks, ads, filter_train, filter_validation, sentences, max_steps, llm_url, llm_model; lists have commas; may be repeated", o.add)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	e, err := findExperiment(*name)
	if err != nil {
		return err
	}
	if err := o.apply(&e); err != nil {
		return err
	}
	if *folder == "" {
		*folder = "runs/reproduce-" + e.Name
	}
	steps := plan(e, *folder)
	r := runner{folder: *folder, bin: *bin, out: os.Stdout}
	r.describe(e, steps)
	if *onlyPlan {
		return nil
	}
	if err := e.check(); err != nil {
		return err
	}
	started := time.Now()
	if err := r.runAll(ctx, steps); err != nil {
		return err
	}
	results, err := readResults(e, steps)
	if err != nil {
		return err
	}
	if err := results.write(*folder); err != nil {
		return err
	}
	fmt.Printf("\n%s\n%s in all; the results are %s/RESULTS.md, results.html and results.json\n", results.markdown(), time.Since(started).Round(time.Second), *folder)
	return nil
}
