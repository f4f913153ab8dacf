package trainer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"

	"skillspace/checkpoints"
	"skillspace/config"
	"skillspace/data/corpus"
	"skillspace/embedding"
	"skillspace/evaluate"
	"skillspace/internal/atomicfile"
	"skillspace/train/report"
)

// judgementFile, in the run folder, keeps what the best validation showed, for the report of a run that goes on.
const judgementFile = "validation.json"

// calibration validates a filter, and fits the temperature and chooses the threshold of the checkpoint that is saved next.
type calibration struct {
	rule      config.Threshold
	sentences []corpus.Sentence
	positive  []bool
	filter    *embedding.SentenceFilter
	path      string // of the judgement
	baselines []report.System

	newest, best *report.Filter
}

func newCalibration(rule config.Threshold, sentences []corpus.Labelled, path string, filter *embedding.SentenceFilter) *calibration {
	c := &calibration{rule: rule, filter: filter, path: path}
	for _, s := range sentences {
		c.sentences, c.positive = append(c.sentences, s.Sentence()), append(c.positive, s.Skill)
	}
	return c
}

func (c *calibration) measure(ctx context.Context) (map[string]float64, error) {
	logits, err := c.filter.Logits(ctx, c.sentences)
	if err != nil {
		return nil, fmt.Errorf("validate: %w", err)
	}
	temperature := 1.0
	if c.rule.Calibrate {
		if temperature, err = evaluate.FitTemperature(logits, c.positive); err != nil {
			return nil, fmt.Errorf("validate: %w", err)
		}
	}
	scores := embedding.Calibrated(logits, temperature)
	curve, err := evaluate.NewCurve(scores, c.positive)
	if err != nil {
		return nil, fmt.Errorf("validate: %w", err)
	}
	threshold, err := c.choose(curve)
	if err != nil {
		return nil, fmt.Errorf("calibrate threshold: %w", err)
	}
	c.newest = judge(curve, threshold, scores, c.sentences)
	if c.newest.Before, err = reliability(logits, 1, c.positive); err != nil {
		return nil, fmt.Errorf("validate: %w", err)
	}
	if c.newest.After, err = reliability(logits, temperature, c.positive); err != nil {
		return nil, fmt.Errorf("validate: %w", err)
	}
	c.newest.Temperature = temperature
	c.filter.Temperature, c.filter.Threshold = temperature, threshold
	own := c.newest.Systems[0]
	return map[string]float64{"average_precision": own.AveragePrecision, "f1": own.BestF1, "threshold": threshold,
		"precision_at_threshold": own.Precision, "recall_at_threshold": own.Recall, "f1_at_threshold": own.F1,
		"temperature": temperature, "log_loss": c.newest.After.LogLoss, "log_loss_uncalibrated": c.newest.Before.LogLoss,
		"ece": c.newest.After.Error, "ece_uncalibrated": c.newest.Before.Error}, nil
}

func (c *calibration) choose(curve *evaluate.Curve) (float64, error) {
	switch c.rule.Rule {
	case "recall":
		return curve.ThresholdForRecall(c.rule.Target)
	case "precision":
		return curve.ThresholdForPrecision(c.rule.Target)
	}
	threshold, _ := curve.BestF1()
	return threshold, nil
}

// improved keeps the newest validation as the best one. That its file cannot be written costs a resumed run's report a picture, no more.
func (c *calibration) improved(step int) {
	c.newest.Step = step
	c.newest.Systems = append(c.baselines[:len(c.baselines):len(c.baselines)], c.newest.Systems...)
	c.best = c.newest
	err := atomicfile.Write(c.path, func(w io.Writer) error { return json.NewEncoder(w).Encode(c.best) })
	if err != nil {
		slog.Warn("what the best validation showed is not kept for a resumed run's report", "error", err)
	}
}

// restore goes on from a checkpoint.
func (c *calibration) restore(m *checkpoints.Manifest) {
	c.filter.Threshold, c.filter.Temperature = m.Model.Threshold, m.Model.Temperature
	text, err := os.ReadFile(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	best := &report.Filter{}
	if err == nil {
		err = json.Unmarshal(text, best)
	}
	switch {
	case err != nil:
		slog.Warn("what the best validation showed cannot be read; the report goes without it until the next best one", "file", c.path, "error", err)
	case best.Step == m.Training.BestStep: // else it is of a step that the run goes through again
		c.best = best
	}
}
