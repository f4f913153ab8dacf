package trainer

import (
	"fmt"
	"log/slog"
	"path/filepath"

	"skillspace/train"
	"skillspace/train/report"
	"skillspace/train/tensorboard"
)

// watch records the run where people look: metrics.jsonl, TensorBoard's event files and report.html. It must be called once the
// loop stands where the run goes on.
func (r *run) watch(l *train.Loop, v *train.Validation) error {
	path := filepath.Join(r.folder.dir, "metrics.jsonl")
	metrics, err := train.NewMetricsFile(path, l.Finished())
	if err != nil {
		return err
	}
	events, err := tensorboard.Create(filepath.Join(r.folder.dir, "tensorboard"), l.Finished())
	if err != nil {
		return err
	}
	page := &report.Page{Path: filepath.Join(r.folder.dir, "report.html"), Metrics: path, Title: r.title, Run: r.folder.dir,
		Config: string(r.folder.config), BestMetric: r.train.BestMetric, MaxLength: r.manifest.Model.MaxLength,
		Data: r.data.facts, Lengths: r.data.lengths, Environment: r.environment(), Filter: r.judgement}
	v.Record = func(step int, values map[string]float64) error {
		slog.Info("validation", "step", step, r.train.BestMetric, fmt.Sprintf("%.4f", values[r.train.BestMetric]))
		page.Validated()
		if err := metrics.Validated(step, values); err != nil {
			return err
		}
		return events.Validated(step, values)
	}
	l.Add(metrics.Hook(), events.Hook(), page.Hook())
	return nil
}
