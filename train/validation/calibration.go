package validation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"slices"

	"skillspace/checkpoints"
	"skillspace/data/corpus"
	"skillspace/embedding"
	"skillspace/evaluate"
	"skillspace/internal/atomicfile"
	"skillspace/internal/sealed"
	"skillspace/train/report"
)

// Threshold says how to choose the threshold: the probability from which a sentence counts as naming a skill.
type Threshold struct {
	Calibrate bool    // fits a temperature first (Guo et al., arXiv 1706.04599)
	Rule      string  // "best_f1", "recall" or "precision"
	Target    float64 // recall or precision, for the rules of that name
}

// Calibration measures a filter, fits its temperature and chooses its threshold. It keeps the result of the best validation for
// the report.
type Calibration struct {
	Baselines []report.System // rows of the report beside the filter's own

	rule      Threshold
	sentences []corpus.Sentence
	positive  []bool
	filter    *embedding.SentenceFilter
	path      string // of the file that keeps the best judgement for a resumed run

	newest, best *report.Judgement
}

// NewCalibration makes a calibration on labelled sentences. path is a file in the run's folder.
func NewCalibration(rule Threshold, sentences []corpus.Labelled, path string, filter *embedding.SentenceFilter) *Calibration {
	c := &Calibration{rule: rule, filter: filter, path: path}
	for _, s := range sentences {
		c.sentences, c.positive = append(c.sentences, s.Sentence()), append(c.positive, s.Skill)
	}
	return c
}

// Best returns the result of the best validation so far, nil before the first one.
func (c *Calibration) Best() *report.Judgement { return c.best }

// Measure returns average_precision, f1 (the highest one), threshold, precision, recall and F1 at the threshold, temperature,
// and log_loss and ece with and without the temperature.
func (c *Calibration) Measure(ctx context.Context) (map[string]float64, error) {
	logits, err := c.filter.Logits(ctx, c.sentences)
	if err == nil {
		c.newest, err = c.judge(logits)
	}
	if err != nil {
		return nil, fmt.Errorf("validate: %w", err)
	}
	c.filter.Temperature, c.filter.Threshold = c.newest.Temperature, c.newest.Threshold
	own := c.newest.Systems[0]
	return map[string]float64{"average_precision": own.AveragePrecision, "f1": own.BestF1, "threshold": own.Threshold,
		"precision_at_threshold": own.Precision, "recall_at_threshold": own.Recall, "f1_at_threshold": own.F1,
		"temperature": c.newest.Temperature, "log_loss": c.newest.After.LogLoss, "log_loss_uncalibrated": c.newest.Before.LogLoss,
		"ece": c.newest.After.Error, "ece_uncalibrated": c.newest.Before.Error}, nil
}

// judge fits the temperature, chooses the threshold and describes the decisions at it.
func (c *Calibration) judge(logits []float32) (f *report.Judgement, err error) {
	temperature := 1.0
	if c.rule.Calibrate {
		if temperature, err = evaluate.FitTemperature(logits, c.positive); err != nil {
			return nil, err
		}
	}
	scores := embedding.Calibrated(logits, temperature)
	curve, err := evaluate.NewCurve(scores, c.positive)
	if err != nil {
		return nil, err
	}
	threshold, err := c.threshold(curve)
	if err != nil {
		return nil, fmt.Errorf("calibrate threshold: %w", err)
	}
	f = judgement(curve, threshold, scores, c.sentences)
	f.Temperature = temperature
	if f.Before, err = reliability(logits, 1, c.positive); err != nil {
		return nil, err
	}
	f.After, err = reliability(logits, temperature, c.positive)
	return f, err
}

func (c *Calibration) threshold(curve *evaluate.Curve) (float64, error) {
	switch c.rule.Rule {
	case "recall":
		return curve.ThresholdForRecall(c.rule.Target)
	case "precision":
		threshold, err := curve.ThresholdForPrecision(c.rule.Target)
		if !errors.Is(err, evaluate.ErrUnreachable) {
			return threshold, err
		}
		slog.Warn("no threshold reaches the wanted precision yet: that of the best F1 is taken instead", "error", err)
	}
	threshold, _ := curve.BestF1()
	return threshold, nil
}

// Describe writes threshold and temperature into a checkpoint's manifest.
func (c *Calibration) Describe(m *checkpoints.Manifest) {
	m.Model.Threshold, m.Model.Temperature = c.filter.Threshold, c.filter.Temperature
}

// Improved keeps the newest validation as the best one. If its file cannot be written, only a resumed run's report lacks it.
func (c *Calibration) Improved(step int) {
	c.newest.Step = step
	c.newest.Systems = slices.Concat(c.Baselines, c.newest.Systems)
	c.best = c.newest
	text, err := json.Marshal(c.best)
	if err == nil {
		err = atomicfile.Write(c.path, func(w io.Writer) error { _, err := w.Write(append(sealed.Seal(text), '\n')); return err })
	}
	if err != nil {
		slog.Warn("the best validation is not kept for a resumed run's report", "error", err)
	}
}

// Resume takes threshold, temperature and the best validation back.
func (c *Calibration) Resume(m *checkpoints.Manifest) {
	c.filter.Threshold, c.filter.Temperature = m.Model.Threshold, m.Model.Temperature
	text, err := os.ReadFile(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	best := &report.Judgement{}
	if err == nil {
		err = errors.Join(sealed.Check(text), json.Unmarshal(text, best))
	}
	switch {
	case err != nil:
		slog.Warn("the best validation cannot be read; the report goes without it until the next best one", "file", c.path, "error", err)
	case best.Step == m.Training.BestStep: // otherwise it is of a step that the run repeats
		c.best = best
	}
}
