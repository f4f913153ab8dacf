// Command bench measures skillspace against its peers on this machine, both sides in turn, and keeps medians, ranges and every single value.
// The peers' own code is in scripts/bench. bench is a tool of this repository and no command of the product: it shares one-line errors, signals and exit
// statuses with the commands, but has plain flags in place of settings, and is neither built into bin/ nor bundled.
package main

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"skillspace/internal/command"
)

func main() { command.Main(newCommand()) }

func newCommand() *cobra.Command {
	o := defaultOptions()
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure training, encoding and serving against sentence-transformers, onnxruntime and esco-skill-extractor",
		Long: "bench runs skillspace and its peers in turn, A B A B, and prints medians, ranges and medians of the paired ratios as a\n" +
			"Markdown table; the JSON beside it holds every value, the machine, the versions and the data's hashes. See docs/performance.md.\n" +
			"Tasks: " + strings.Join(taskNames(), ", ") + ".",
		Example: "  go run ./bench\n  go run ./bench --rounds 1 --tasks train --steps 10",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return command.Usage(err)
			}
			return run(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	o.flags(cmd)
	cmd.AddCommand(newEncodeWorker(), newMultiplyWorker(), newLoad())
	return cmd
}

// options are the flags.
type options struct {
	Rounds, Steps, WarmUp      int
	Tasks                      []string
	Pairs, Sentences           int
	Batch, MaxLength, Threads  int
	Seed                       uint64
	WaitPolicy                 string
	Model, Taxonomy, SkillSpan string
	Bin, Python, Cache, Output string

	Clients, LoadRounds                          int // of the load test
	LoadFor, LoadWarmUp                          time.Duration
	LoadAds, Benchmark                           string
	ServeCheckpoint, ServeFilter, ServePrecision string
	FastCheckpoint, FastFilter                   string
}

func defaultOptions() *options {
	return &options{
		Rounds: 5, Steps: 20, WarmUp: 4, Tasks: taskNames(), Pairs: 10_000, Sentences: 5_000, Batch: 64, MaxLength: 96, Seed: 1,
		WaitPolicy: "PASSIVE", Model: ".deps/models/all-MiniLM-L6-v2", Taxonomy: firstFolder("datasets/esco", "examples/ontology"),
		SkillSpan: "datasets/skillspan/train.json",
		Bin:       "bin", Python: ".deps/bench/bin/python", Cache: ".deps/bench/cache", Output: "bench/results",
		Clients: 64, LoadRounds: 1, LoadFor: time.Minute, LoadWarmUp: 15 * time.Second, LoadAds: "datasets/skillspan/dev.json",
		Benchmark:      "datasets/skill-extraction-benchmark/house_validation_annotations.csv",
		ServePrecision: "auto",
	}
}

func (o *options) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.IntVar(&o.Rounds, "rounds", o.Rounds, "how often every side runs; growth and its kin run once")
	f.IntVar(&o.Steps, "steps", o.Steps, "timed training `steps` a run")
	f.IntVar(&o.WarmUp, "warmup", o.WarmUp, "training `steps` before the stopwatch starts")
	f.StringSliceVar(&o.Tasks, "tasks", o.Tasks, "what to measure")
	f.IntVar(&o.Pairs, "pairs", o.Pairs, "pairs of the training corpus")
	f.IntVar(&o.Sentences, "sentences", o.Sentences, "sentences to encode")
	f.IntVar(&o.Batch, "batch", o.Batch, "pairs a training batch")
	f.IntVar(&o.MaxLength, "max-length", o.MaxLength, "longest training input in `tokens`, on all sides")
	f.IntVar(&o.Threads, "threads", o.Threads, "CPU threads of every side; 0 leaves each side its default")
	f.Uint64Var(&o.Seed, "seed", o.Seed, "seed of the corpus; round r trains with seed+r on all sides")
	f.StringVar(&o.WaitPolicy, "omp-wait-policy", o.WaitPolicy, "OMP_WAIT_POLICY of every side, ours and the peers'")
	f.StringVar(&o.Model, "model", o.Model, "`folder` of MiniLM-L6")
	f.StringVar(&o.Taxonomy, "taxonomy", o.Taxonomy, "`folder` of ESCO or of a list, which the corpus is written from")
	f.StringVar(&o.SkillSpan, "real-sentences", o.SkillSpan, "`file` of real sentences to encode; the corpus's own where it is missing")
	f.StringVar(&o.Bin, "bin", o.Bin, "`folder` of the built commands")
	f.StringVar(&o.Python, "python", o.Python, "the peers' Python")
	f.StringVar(&o.Cache, "cache", o.Cache, "`folder` for the peer's exported model")
	f.StringVar(&o.Output, "output", o.Output, "`folder` for the JSON")
	f.IntVar(&o.Clients, "clients", o.Clients, "requests at a time in the load test")
	f.IntVar(&o.LoadRounds, "load-rounds", o.LoadRounds, "how often every server is under load")
	f.DurationVar(&o.LoadFor, "load-seconds", o.LoadFor, "how `long` a server is under load, such as 60s")
	f.DurationVar(&o.LoadWarmUp, "load-warmup", o.LoadWarmUp, "how `long` a server is under load before that")
	f.StringVar(&o.LoadAds, "load-ads", o.LoadAds, "`file` of labelled sentences in the order of their ads; examples/ads where it is missing")
	f.StringVar(&o.Benchmark, "serve-benchmark", o.Benchmark, "`file` of labelled sentences that the servers' answers are measured on")
	f.StringVar(&o.ServeCheckpoint, "serve-checkpoint", o.ServeCheckpoint, "`folder` of the bi-encoder that we serve (default: one trained for two minutes)")
	f.StringVar(&o.ServeFilter, "serve-filter", o.ServeFilter, "`folder` of a filter, to serve with it too")
	f.StringVar(&o.FastCheckpoint, "serve-fast-checkpoint", o.FastCheckpoint, "`folder` of a bi-encoder of fewer layers, to serve too (default: one trained for a minute)")
	f.StringVar(&o.FastFilter, "serve-fast-filter", o.FastFilter, "`folder` of a filter of fewer layers, to serve that with it too")
	f.StringVar(&o.ServePrecision, "serve-precision", o.ServePrecision, "our server's: `auto`, bf16 or fp32")
}

func (o *options) check() error {
	for _, least := range []struct {
		flag       string
		got, least int
	}{
		{"rounds", o.Rounds, 1}, {"steps", o.Steps, 1}, {"warmup", o.WarmUp, 1}, {"batch", o.Batch, 2}, {"max-length", o.MaxLength, 8},
		{"threads", o.Threads, 0}, {"sentences", o.Sentences, 1}, {"clients", o.Clients, 1}, {"load-rounds", o.LoadRounds, 1},
		{"pairs", o.Pairs, o.Batch * (o.WarmUp + o.Steps + spareSteps)},
	} {
		if least.got < least.least {
			return fmt.Errorf("--%s is %d; want at least %d", least.flag, least.got, least.least)
		}
	}
	if o.LoadFor <= 0 || o.LoadWarmUp < 0 {
		return fmt.Errorf("--load-seconds is %s and --load-warmup %s; want a time that passes, and none before that is negative", o.LoadFor, o.LoadWarmUp)
	}
	if slices.Contains(o.Tasks, "growth") && o.Pairs < growthPairs {
		return fmt.Errorf("--pairs is %d; the task growth wants at least %d", o.Pairs, growthPairs)
	}
	for _, name := range o.Tasks {
		if _, known := tasks[name]; !known {
			return fmt.Errorf("--tasks: %q is not one of %s", name, strings.Join(taskNames(), ", "))
		}
	}
	return nil
}

// threads is how many each side may use, for the record.
func (o *options) threads() int {
	if o.Threads > 0 {
		return o.Threads
	}
	return runtime.NumCPU()
}
