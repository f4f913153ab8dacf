package trainer

import (
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"skillspace/config"
	"skillspace/internal/command"
	"skillspace/internal/libtorch"
	"skillspace/train/report"
)

// dataFacts is what a run's report tells of the data.
type dataFacts struct {
	facts   []report.Fact
	lengths []int // how many training sentences have 0, 1, … tokens
}

// byName is the facts as a checkpoint's manifest keeps them.
func (d *dataFacts) byName() map[string]string {
	all := make(map[string]string, len(d.facts))
	for _, f := range d.facts {
		all[f.Name] = f.Value
	}
	return all
}

func (p *pairs) describe(cfg *config.TrainBiencoder) dataFacts {
	named, total := map[int]bool{}, 0
	d := dataFacts{lengths: make([]int, cfg.Model.MaxLength+1)}
	for _, e := range p.training {
		d.lengths[len(e.Tokens)]++
		total += len(e.Skills)
		for _, skill := range e.Skills {
			named[skill] = true
		}
	}
	d.facts = []report.Fact{
		{Name: "corpus", Value: cfg.Corpus},
		{Name: "training sentences", Value: strconv.Itoa(len(p.training))},
		{Name: "skills a sentence, mean", Value: fmt.Sprintf("%.2f", float64(total)/float64(max(len(p.training), 1)))},
		{Name: "skills that training names", Value: strconv.Itoa(len(named))},
		{Name: "skills in the taxonomy", Value: strconv.Itoa(len(p.taxonomy.Skills()))},
		{Name: "held-out queries", Value: strconv.Itoa(len(p.queries))},
	}
	if files := cfg.Validation.Benchmark; len(files) > 0 {
		d.facts = append(d.facts, report.Fact{Name: "benchmarks", Value: strings.Join(files, ", ")})
	}
	return d
}

func (d *labelled) describe(cfg *config.TrainFilter) dataFacts {
	out, positive := dataFacts{lengths: make([]int, cfg.Model.MaxLength+cfg.Model.ContextTokens+1)}, 0
	for _, e := range d.training {
		out.lengths[len(e.Tokens)]++
		if e.Skill {
			positive++
		}
	}
	heldOut := 0
	for _, e := range d.validation {
		if e.Skill {
			heldOut++
		}
	}
	out.facts = []report.Fact{
		{Name: "sentences from", Value: strings.Join(slices.Concat(cfg.Data.Train, cfg.Data.Validation), ", ")},
		{Name: "training sentences", Value: strconv.Itoa(len(d.training))},
		{Name: "training sentences that name a skill", Value: strconv.Itoa(positive)},
		{Name: "validation sentences", Value: strconv.Itoa(len(d.validation))},
		{Name: "validation sentences that name a skill", Value: strconv.Itoa(heldOut)},
	}
	return out
}

// environment is what a run's report tells of the machine and the build.
func (r *run) environment() []report.Fact {
	precision := map[libtorch.DType]string{libtorch.Float32: "fp32", libtorch.BFloat16: "bf16", libtorch.Float16: "fp16"}[r.precision]
	return []report.Fact{
		{Name: "device", Value: r.device.String()},
		{Name: "precision", Value: precision},
		{Name: "threads", Value: fmt.Sprintf("%d of %d processors", libtorch.Threads(), runtime.NumCPU())},
		{Name: "skillspace", Value: command.Version()},
		{Name: "libtorch", Value: libtorch.Version()},
		{Name: "Go", Value: strings.TrimPrefix(runtime.Version(), "go")},
		{Name: "system", Value: runtime.GOOS + "/" + runtime.GOARCH},
	}
}
