package trainer

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"skillspace/checkpoints"
	"skillspace/config"
	"skillspace/data/taxonomy"
	"skillspace/embedding"
	"skillspace/internal/command"
	"skillspace/internal/libtorch"
	"skillspace/model"
	"skillspace/model/loss"
	"skillspace/train"
	"skillspace/train/dataset"
	"skillspace/train/report"
	"skillspace/train/validation"
)

// judgementFile, in the run folder, keeps what the best validation showed, for the report of a resumed run.
const judgementFile = "validation.json"

// Filter trains the sentence filter that cfg describes. It prints to out how the filter compares with the baselines, and where it is.
func Filter(ctx context.Context, cfg *config.TrainFilter, resume bool, out io.Writer) error {
	objective, err := binaryLoss(cfg.Loss)
	if err != nil {
		return command.Usage(err)
	}
	w, err := joinWorld(ctx)
	if err != nil {
		return err
	}
	defer w.Close()
	folder, err := w.openFolder(cfg.Run.Dir, cfg, resume)
	if err != nil {
		return err
	}
	defer folder.Close()
	data, err := leaderFirst(w, func() (*dataset.Filter, error) { return readFilter(ctx, cfg) })
	if err != nil {
		return err
	}
	if err := checkFilter(cfg, data); err != nil {
		return err
	}
	var baselines *validation.Baselines
	if w.leads() {
		data.Cut.Warn(cfg.Model.MaxLength)
		if baselines, err = measureBaselines(ctx, cfg, data); err != nil {
			return err
		}
	}
	var best *train.Validation
	var calibration *validation.Calibration
	err = libtorch.Do(func(*libtorch.Scope) error {
		device, err := prepare(w.device(cfg.Device), cfg.Run, cfg.Train.Precision)
		if err != nil {
			return err
		}
		filter, err := newFilter(cfg, device)
		if err != nil {
			return err
		}
		defer filter.Close()
		var r *train.Run
		r, calibration = filterRun(cfg, w, folder, data, filter, objective)
		if w.leads() {
			calibration.Baselines = baselines.Systems()
		}
		best, err = r.Execute(ctx)
		return err
	})
	if err != nil {
		return interrupted(err, cfg.Run.Dir)
	}
	if !w.leads() {
		return nil
	}
	if judged := calibration.Best(); judged != nil { // nil: the run had ended before, and its file is lost
		if err := baselines.Print(out, judged.Systems); err != nil {
			return err
		}
		fmt.Fprintln(out)
	}
	_, err = fmt.Fprintf(out, "best %s %.4f at step %d: %s\n", cfg.Train.BestMetric, best.Best, best.BestStep, folder.Checkpoint("best"))
	return err
}

func readFilter(ctx context.Context, cfg *config.TrainFilter) (*dataset.Filter, error) {
	return dataset.ReadFilter(ctx, dataset.FilterOptions{
		Train: cfg.Data.Train, Validation: cfg.Data.Validation, HeldOutShare: cfg.Data.Share, Encoder: cfg.Model.Encoder,
		MaxLength: cfg.Model.MaxLength, ContextTokens: cfg.Model.ContextTokens, Spans: cfg.Loss.SpanWeight > 0, TokenCache: tokenFolder(cfg.Run)})
}

func measureBaselines(ctx context.Context, cfg *config.TrainFilter, data *dataset.Filter) (*validation.Baselines, error) {
	var tax *taxonomy.Taxonomy
	if cfg.Data.Taxonomy != "" {
		var err error
		if tax, err = taxonomy.Load(cfg.Data.Taxonomy); err != nil {
			return nil, command.Usage(err)
		}
	}
	return validation.MeasureBaselines(ctx, tax, data.Sentences, data.Validation)
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

func filterRun(cfg *config.TrainFilter, w *world, f *train.Folder, data *dataset.Filter, filter *model.Filter, objective loss.Binary) (*train.Run, *validation.Calibration) {
	precision := embedding.Precision(cfg.Train.Precision, filter.Device())
	task := &train.FilterTask{Model: filter, Examples: data.Training, Loss: objective, PositiveWeight: cfg.Loss.PositiveWeight,
		Smoothing: cfg.Loss.LabelSmoothing, SpanWeight: cfg.Loss.SpanWeight, Precision: precision,
		Batching: batching(cfg.Run, cfg.Train, cfg.Batching), World: w.Group}
	if task.PositiveWeight == 0 {
		task.PositiveWeight = train.BalancedWeight(data.Training)
	}
	rule := validation.Threshold{Calibrate: cfg.Threshold.Calibrate, Rule: cfg.Threshold.Rule, Target: cfg.Threshold.Target}
	calibration := validation.NewCalibration(rule, data.Validation, filepath.Join(f.Dir, judgementFile), &embedding.SentenceFilter{Model: filter,
		Tokenizer: data.Tokenizer, MaxLength: cfg.Model.MaxLength, Context: cfg.Model.ContextTokens, Precision: precision})
	facts := filterFacts(cfg, data)
	r := &train.Run{
		Folder: f, Title: "train-filter", Task: task, Options: loopOptions(cfg.Train, cfg.Optimizer, cfg.Schedule),
		Encoder: cfg.Model.Encoder, Tokenizer: data.Tokenizer.Files(), Measurer: calibration,
		Manifest: checkpoints.Manifest{Kind: checkpoints.Filter, Data: byName(facts), Model: checkpoints.ModelInfo{
			Head: model.HeadConfig{Pooling: filter.Pooling()}, MaxLength: cfg.Model.MaxLength, ContextTokens: cfg.Model.ContextTokens,
			TrainedOn: fmt.Sprint(cfg.Data.Train)}},
	}
	apply(r, w, cfg.Run, cfg.Train)
	page := &report.Page{Data: facts, Lengths: data.Lengths(cfg.Model.MaxLength + cfg.Model.ContextTokens),
		Environment: environment(filter.Device(), precision), Filter: calibration.Best}
	r.Watch = func(l *train.Loop, v *train.Validation) error { return watch(r, page, l, v) }
	return r, calibration
}
