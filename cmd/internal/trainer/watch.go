package trainer

import (
	"fmt"
	"log/slog"
	"path/filepath"

	"skillspace/train"
	"skillspace/train/tensorboard"
)

// watch records the run where people look: metrics.jsonl and TensorBoard's event files. It must be called once the loop stands
// where the run goes on.
func (r *run) watch(l *train.Loop, v *train.Validation) error {
	metrics, err := train.NewMetricsFile(filepath.Join(r.folder.dir, "metrics.jsonl"), l.Finished())
	if err != nil {
		return err
	}
	events, err := tensorboard.Create(filepath.Join(r.folder.dir, "tensorboard"), l.Finished())
	if err != nil {
		return err
	}
	v.Record = func(step int, values map[string]float64) error {
		slog.Info("validation", "step", step, r.train.BestMetric, fmt.Sprintf("%.4f", values[r.train.BestMetric]))
		if err := metrics.Validated(step, values); err != nil {
			return err
		}
		return events.Validated(step, values)
	}
	l.Add(metrics.Hook(), events.Hook())
	return nil
}
