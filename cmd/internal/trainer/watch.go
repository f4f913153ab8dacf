package trainer

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"skillspace/train"
	"skillspace/train/report"
	"skillspace/train/tensorboard"
)

// watch records a run where people look: metrics.jsonl, TensorBoard's event files and report.html, which is page with what is
// the same for all runs. The loop must stand where the run starts or resumes.
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
