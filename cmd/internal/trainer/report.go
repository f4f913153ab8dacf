package trainer

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"skillspace/config"
	"skillspace/internal/command"
	"skillspace/internal/libtorch"
	"skillspace/train"
	"skillspace/train/dataset"
	"skillspace/train/report"
	"skillspace/train/tensorboard"
)

// byName returns a report's facts in the form of a checkpoint's manifest.
func byName(facts []report.Fact) map[string]string {
	all := make(map[string]string, len(facts))
	for _, f := range facts {
		all[f.Name] = f.Value
	}
	return all
}

func biencoderFacts(cfg *config.TrainBiencoder, data *dataset.BiEncoder) []report.Fact {
	named, total := map[int]bool{}, 0
	for _, e := range data.Training {
		total += len(e.Skills)
		for _, skill := range e.Skills {
			named[skill] = true
		}
	}
	facts := []report.Fact{
		{Name: "corpus", Value: cfg.Corpus},
		{Name: "training sentences", Value: strconv.Itoa(len(data.Training))},
		{Name: "training sentences cut at max_length", Value: strconv.Itoa(data.Cut.Sentences)},
		{Name: "skills a sentence, mean", Value: fmt.Sprintf("%.2f", float64(total)/float64(max(len(data.Training), 1)))},
		{Name: "skills that training names", Value: strconv.Itoa(len(named))},
		{Name: "skills in the taxonomy", Value: strconv.Itoa(len(data.Taxonomy.Skills()))},
		{Name: "held-out queries", Value: strconv.Itoa(len(data.Queries))},
	}
	if files := cfg.Validation.Benchmark; len(files) > 0 {
		facts = append(facts, report.Fact{Name: "benchmarks", Value: strings.Join(files, ", ")})
	}
	return facts
}

func filterFacts(cfg *config.TrainFilter, data *dataset.Filter) []report.Fact {
	positive := 0
	for _, e := range data.Training {
		if e.Skill {
			positive++
		}
	}
	heldOut := 0
	for _, e := range data.Validation {
		if e.Skill {
			heldOut++
		}
	}
	return []report.Fact{
		{Name: "sentences from", Value: strings.Join(slices.Concat(cfg.Data.Train, cfg.Data.Validation), ", ")},
		{Name: "training sentences", Value: strconv.Itoa(len(data.Training))},
		{Name: "training sentences cut at max_length", Value: strconv.Itoa(data.Cut.Sentences)},
		{Name: "training sentences that name a skill", Value: strconv.Itoa(positive)},
		{Name: "validation sentences", Value: strconv.Itoa(len(data.Validation))},
		{Name: "validation sentences that name a skill", Value: strconv.Itoa(heldOut)},
	}
}

// environment describes the machine and the build for a run's report.
func environment(device libtorch.Device, used libtorch.DType) []report.Fact {
	precision := map[libtorch.DType]string{libtorch.Float32: "fp32", libtorch.BFloat16: "bf16", libtorch.Float16: "fp16"}[used]
	return []report.Fact{
		{Name: "device", Value: device.String()},
		{Name: "precision", Value: precision},
		{Name: "threads", Value: fmt.Sprintf("%d of %d processors", libtorch.Threads(), runtime.NumCPU())},
		{Name: "skillspace", Value: command.Version()},
		{Name: "libtorch", Value: libtorch.Version()},
		{Name: "Go", Value: strings.TrimPrefix(runtime.Version(), "go")},
		{Name: "system", Value: runtime.GOOS + "/" + runtime.GOARCH},
	}
}

// watch adds the hooks that write metrics.jsonl, TensorBoard's event files and report.html. It fills the fields of page that are
// the same for both trainers. The loop must be at the position where the run starts or resumes.
func watch(r *train.Run, page *report.Page, l *train.Loop, v *train.Validation) error {
	dir := r.Folder.Dir
	path := filepath.Join(dir, "metrics.jsonl")
	metrics, err := train.NewMetricsFile(path, l.Finished())
	if err != nil {
		return err
	}
	events, err := tensorboard.Create(filepath.Join(dir, "tensorboard"), l.Finished())
	if err != nil {
		return errors.Join(err, metrics.Close())
	}
	page.Path, page.Metrics, page.Title, page.Run = filepath.Join(dir, "report.html"), path, r.Title, dir
	page.Config, page.BestMetric, page.MaxLength = string(r.Folder.Config), r.BestMetric, r.Manifest.Model.MaxLength
	v.Record = func(step int, values map[string]float64) error {
		slog.Info("validation", "step", step, r.BestMetric, fmt.Sprintf("%.4f", values[r.BestMetric]))
		page.Validated()
		if err := metrics.Validated(step, values); err != nil {
			return err
		}
		return events.Validated(step, values)
	}
	l.Add(metrics.Hook(), events.Hook(), page.Hook())
	return nil
}
