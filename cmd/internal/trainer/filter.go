package trainer

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"skillspace/checkpoints"
	"skillspace/config"
	"skillspace/embedding"
	"skillspace/internal/command"
	"skillspace/internal/libtorch"
	"skillspace/model"
	"skillspace/model/loss"
	"skillspace/train"
	"skillspace/train/report"
)

// Filter trains the sentence filter that cfg describes. It prints how it compares with the baselines, its threshold and where it is to out.
func Filter(ctx context.Context, cfg *config.TrainFilter, resume bool, out io.Writer) error {
	objective, err := binaryLoss(cfg.Loss)
	if err != nil {
		return command.Usage(err)
	}
	folder, err := openFolder(cfg.Run.Dir, cfg, resume)
	if err != nil {
		return err
	}
	data, err := readLabelled(ctx, cfg)
	if err != nil {
		return err
	}
	baselines, err := measureBaselines(ctx, cfg, data)
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
		r, check = filterRun(cfg, folder, data, filter, objective)
		check.baselines = systemsOf(baselines)
		validation, err = r.execute(ctx)
		return err
	})
	if err != nil {
		return interrupted(err, cfg.Run.Dir)
	}
	if check.best != nil { // else its file is lost, and the run had ended before
		if err := printSystems(out, baselines, check.best.Systems); err != nil {
			return err
		}
		fmt.Fprintln(out)
	}
	_, err = fmt.Fprintf(out, "best %s %.4f at step %d: %s\n", cfg.Train.BestMetric, validation.Best, validation.BestStep, folder.checkpoint("best"))
	return err
}

func newFilter(cfg *config.TrainFilter, device libtorch.Device) (*model.Filter, error) {
	encoder, err := loadEncoder(cfg.Model.Encoder, cfg.Model.Layers, cfg.Model.Dropout, cfg.Train, device)
	if err != nil {
		return nil, err
	}
	if longest := encoder.Config.LongestInput(); cfg.Model.ContextTokens > 0 && int64(cfg.Model.MaxLength+cfg.Model.ContextTokens) > longest {
		encoder.Close()
		return nil, command.Usagef("model.context_tokens: %d beside model.max_length %d is more than the encoder's %d positions",
			cfg.Model.ContextTokens, cfg.Model.MaxLength, longest)
	}
	filter, err := model.NewFilter(encoder, model.Pooling(cfg.Model.Pooling), encoder.Config.HiddenDropout)
	if err != nil {
		encoder.Close()
		return nil, err
	}
	if cfg.Loss.SpanWeight > 0 {
		if err := filter.AddSpans(); err != nil {
			filter.Close()
			return nil, err
		}
	}
	return filter, nil
}

func filterRun(cfg *config.TrainFilter, f *folder, data *labelled, filter *model.Filter, objective loss.Binary) (*run, *calibration) {
	precision := embedding.Precision(cfg.Train.Precision, filter.Device())
	task := &train.FilterTask{Model: filter, Examples: data.training, Loss: objective, PositiveWeight: cfg.Loss.PositiveWeight,
		Smoothing: cfg.Loss.LabelSmoothing, SpanWeight: cfg.Loss.SpanWeight, Precision: precision, Batching: batching(cfg.Run, cfg.Train, cfg.Batching)}
	if task.PositiveWeight == 0 {
		task.PositiveWeight = train.BalancedWeight(data.training)
	}
	check := newCalibration(cfg.Threshold, data.validation, filepath.Join(f.dir, judgementFile), &embedding.SentenceFilter{Model: filter,
		Tokenizer: data.tokenizer, MaxLength: cfg.Model.MaxLength, Context: cfg.Model.ContextTokens, Precision: precision})
	r := &run{
		folder: f, task: task, options: loopOptions(cfg.Train, cfg.Optimizer, cfg.Schedule), train: cfg.Train,
		encoder: cfg.Model.Encoder, tokenizer: data.tokenizer.Files(), measure: check.measure, title: "train-filter",
		device: filter.Device(), precision: precision, data: data.describe(cfg),
		manifest: checkpoints.Manifest{Kind: checkpoints.Filter, Model: checkpoints.ModelInfo{Head: model.HeadConfig{Pooling: filter.Pooling()},
			MaxLength: cfg.Model.MaxLength, ContextTokens: cfg.Model.ContextTokens, TrainedOn: fmt.Sprint(cfg.Data.Train)}},
		beforeSave: func(m *checkpoints.Manifest) {
			m.Model.Threshold, m.Model.Temperature = check.filter.Threshold, check.filter.Temperature
		},
		restored: check.restore, improved: check.improved, judgement: func() *report.Filter { return check.best },
	}
	return r, check
}
