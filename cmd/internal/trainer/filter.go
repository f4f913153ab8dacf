package trainer

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"skillspace/checkpoints"
	"skillspace/config"
	"skillspace/data/corpus"
	"skillspace/data/tokencache"
	"skillspace/data/tokenize"
	"skillspace/evaluate"
	"skillspace/extract"
	"skillspace/internal/libtorch"
	"skillspace/model"
	"skillspace/train"
)

// Filter trains the sentence filter that cfg describes and prints its threshold and where it is to out.
func Filter(ctx context.Context, cfg *config.TrainFilter, resume bool, out io.Writer) error {
	folder, err := openFolder(cfg.Run.Dir, cfg, resume)
	if err != nil {
		return err
	}
	data, err := readLabelled(ctx, cfg)
	if err != nil {
		return err
	}
	var validation *train.Validation
	var check *calibration
	err = libtorch.Do(func(*libtorch.Scope) error {
		device, err := prepare(cfg.Device, cfg.Run, cfg.Train.Precision)
		if err != nil {
			return err
		}
		filter, err := newFilter(cfg, device)
		if err != nil {
			return err
		}
		defer filter.Close()
		var r *run
		r, check = filterRun(cfg, folder, data, filter)
		validation, err = r.execute(ctx)
		return err
	})
	if err != nil {
		return interrupted(err, cfg.Run.Dir)
	}
	_, err = fmt.Fprintf(out, "best %s %.4f at step %d, last threshold %.3f: %s\n", cfg.Train.BestMetric, validation.Best, validation.BestStep,
		check.threshold, folder.checkpoint("best"))
	return err
}

// labelled is the filter's data.
type labelled struct {
	tokenizer  *tokenize.Tokenizer
	training   []train.LabelledExample
	validation []corpus.Labelled
}

func readLabelled(ctx context.Context, cfg *config.TrainFilter) (*labelled, error) {
	tokenizer, err := tokenize.Load(cfg.Model.Encoder)
	if err != nil {
		return nil, err
	}
	all, err := readFiles(ctx, cfg.Data.Train)
	if err != nil {
		return nil, err
	}
	d := &labelled{tokenizer: tokenizer}
	if d.validation, err = readFiles(ctx, cfg.Data.Validation); err != nil {
		return nil, err
	}
	var texts []string
	for _, e := range all {
		if len(cfg.Data.Validation) == 0 && shareOf(e.Text) < cfg.Data.Share {
			d.validation = append(d.validation, e)
			continue
		}
		texts = append(texts, e.Text)
		d.training = append(d.training, train.LabelledExample{Skill: e.Skill})
	}
	ids, err := tokencache.Encode(ctx, tokenFolder(cfg.Run), tokenizer, texts, cfg.Model.MaxLength)
	if err != nil {
		return nil, err
	}
	for i := range ids {
		d.training[i].Tokens = ids[i]
	}
	if len(d.validation) == 0 {
		return nil, fmt.Errorf("data: there is no sentence to validate on (data.validation, data.share)")
	}
	slog.Info("sentences read", "training", len(d.training), "validation", len(d.validation))
	return d, nil
}

func readFiles(ctx context.Context, paths []string) ([]corpus.Labelled, error) {
	var all []corpus.Labelled
	for _, path := range paths {
		sentences, rejects, err := corpus.ReadLabelledContext(ctx, path)
		if err != nil {
			return nil, err
		}
		if rejects.Rows > 0 {
			slog.Warn("labelled sentences: rows left out: " + rejects.String())
		}
		all = append(all, sentences...)
	}
	return all, nil
}

func newFilter(cfg *config.TrainFilter, device libtorch.Device) (*model.Filter, error) {
	encoder, err := loadEncoder(cfg.Model.Encoder, cfg.Model.Dropout, cfg.Train, device)
	if err != nil {
		return nil, err
	}
	filter, err := model.NewFilter(encoder, model.Pooling(cfg.Model.Pooling), encoder.Config.HiddenDropout)
	if err != nil {
		encoder.Close()
	}
	return filter, err
}

func filterRun(cfg *config.TrainFilter, f *folder, data *labelled, filter *model.Filter) (*run, *calibration) {
	precision := extract.Precision(cfg.Train.Precision, filter.Device())
	weight := cfg.Loss.PositiveWeight
	if weight == 0 {
		weight = train.BalancedWeight(data.training)
	}
	task := &train.FilterTask{Model: filter, Examples: data.training, PositiveWeight: weight, Precision: precision,
		Batching: batching(cfg.Run, cfg.Train, cfg.Batching)}
	check := &calibration{rule: cfg.Threshold, sentences: data.validation, filter: &extract.SentenceFilter{Model: filter,
		Tokenizer: data.tokenizer, MaxLength: cfg.Model.MaxLength, Precision: precision}}
	r := &run{
		folder: f, task: task, options: loopOptions(cfg.Train, cfg.Optimizer, cfg.Schedule), train: cfg.Train,
		encoder: cfg.Model.Encoder, tokenizer: data.tokenizer.Files(), measure: check.measure, title: "train-filter",
		device: filter.Device(), precision: precision, data: data.describe(cfg),
		manifest: checkpoints.Manifest{Kind: checkpoints.Filter, Model: checkpoints.ModelInfo{Head: model.HeadConfig{Pooling: filter.Pooling()},
			MaxLength: cfg.Model.MaxLength, TrainedOn: fmt.Sprint(cfg.Data.Train)}},
		beforeSave: func(m *checkpoints.Manifest) { m.Model.Threshold = check.threshold },
		restored:   func(m *checkpoints.Manifest) { check.threshold = m.Model.Threshold },
	}
	return r, check
}

// calibration validates a filter and chooses the threshold of the checkpoint that is saved next.
type calibration struct {
	rule      config.Threshold
	sentences []corpus.Labelled
	filter    *extract.SentenceFilter
	threshold float64
}

func (c *calibration) measure(ctx context.Context) (map[string]float64, error) {
	texts, positive := make([]string, len(c.sentences)), make([]bool, len(c.sentences))
	for i, s := range c.sentences {
		texts[i], positive[i] = s.Text, s.Skill
	}
	scores, err := c.filter.Probabilities(ctx, texts)
	if err != nil {
		return nil, fmt.Errorf("validate: %w", err)
	}
	curve, err := evaluate.NewCurve(scores, positive)
	if err != nil {
		return nil, fmt.Errorf("validate: %w", err)
	}
	_, best := curve.BestF1()
	if c.threshold, err = c.choose(curve); err != nil {
		return nil, fmt.Errorf("calibrate threshold: %w", err)
	}
	at := curve.At(c.threshold)
	return map[string]float64{"average_precision": curve.AveragePrecision(), "f1": best, "threshold": c.threshold,
		"precision_at_threshold": at.Precision(), "recall_at_threshold": at.Recall(), "f1_at_threshold": at.F1()}, nil
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
