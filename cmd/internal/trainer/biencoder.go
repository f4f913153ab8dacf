package trainer

import (
	"context"
	"fmt"
	"io"

	"skillspace/checkpoints"
	"skillspace/config"
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

// BiEncoder trains the bi-encoder that cfg describes and prints where it is to out.
func BiEncoder(ctx context.Context, cfg *config.TrainBiencoder, resume bool, out io.Writer) error {
	objective, err := contrastiveLoss(cfg.Loss)
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
	data, err := leaderFirst(w, func() (*dataset.BiEncoder, error) { return readBiEncoder(ctx, cfg) })
	if err != nil {
		return err
	}
	if w.leads() {
		data.Cut.Warn(cfg.Model.MaxLength)
	}
	if err := checkBiEncoder(cfg, data); err != nil {
		return err
	}
	var best *train.Validation
	err = libtorch.Do(func(*libtorch.Scope) error {
		device, err := prepare(w.device(cfg.Device), cfg.Run, cfg.Train.Precision)
		if err != nil {
			return err
		}
		biencoder, err := newBiEncoder(cfg, device)
		if err != nil {
			return err
		}
		defer biencoder.Close()
		best, err = biencoderRun(cfg, w, folder, data, biencoder, objective).Execute(ctx)
		return err
	})
	if err != nil {
		return interrupted(err, cfg.Run.Dir)
	}
	if !w.leads() {
		return nil
	}
	if err := chooseThreshold(ctx, w.device(cfg.Device), data, folder.Checkpoint("best")); err != nil {
		return interrupted(err, cfg.Run.Dir)
	}
	_, err = fmt.Fprintf(out, "best %s %.4f at step %d: %s\n", cfg.Train.BestMetric, best.Best, best.BestStep, folder.Checkpoint("best"))
	return err
}

func readBiEncoder(ctx context.Context, cfg *config.TrainBiencoder) (*dataset.BiEncoder, error) {
	return dataset.ReadBiEncoder(ctx, dataset.BiEncoderOptions{
		Taxonomy: cfg.Taxonomy, Language: cfg.TaxonomyLanguage, Corpus: cfg.Corpus, Encoder: cfg.Model.Encoder, Prefix: cfg.SentencePrefix,
		MaxLength: cfg.Model.MaxLength, HeldOutShare: cfg.Validation.Share, MaxQueries: cfg.Validation.MaxQueries, TokenCache: tokenFolder(cfg.Run)})
}

func newBiEncoder(cfg *config.TrainBiencoder, device libtorch.Device) (*model.BiEncoder, error) {
	sentence, err := newTower(cfg, device)
	if err != nil {
		return nil, err
	}
	skill := sentence
	if !cfg.Model.SharedTowers {
		if skill, err = newTower(cfg, device); err != nil {
			sentence.Close()
			return nil, err
		}
	}
	biencoder, err := model.NewBiEncoder(sentence, skill, cfg.Loss.Temperature)
	if err != nil {
		sentence.Close()
		if skill != sentence {
			skill.Close()
		}
	}
	return biencoder, err
}

func newTower(cfg *config.TrainBiencoder, device libtorch.Device) (*model.Tower, error) {
	m := cfg.Model
	encoder, err := loadEncoder(m.Encoder, m.Layers, m.Dropout, cfg.Train, device)
	if err != nil {
		return nil, err
	}
	tower, err := model.NewTower(encoder, model.HeadConfig{Pooling: model.Pooling(m.Pooling), BiLSTM: m.BiLSTM,
		BiLSTMState: int64(m.BiLSTMHidden), Projection: int64(m.Projection)})
	if err != nil {
		encoder.Close()
	}
	return tower, err
}

func biencoderRun(cfg *config.TrainBiencoder, w *world, f *train.Folder, data *dataset.BiEncoder, biencoder *model.BiEncoder, objective loss.Contrastive) *train.Run {
	device := biencoder.Sentence.Device()
	precision := embedding.Precision(cfg.Train.Precision, device)
	task := biencoderTask(cfg, data, biencoder, objective, precision)
	task.World = w.Group
	options := loopOptions(cfg.Train, cfg.Optimizer, cfg.Schedule)
	if _, unscaled := objective.(loss.Unscaled); unscaled || !cfg.Loss.LearnableTemperature {
		options.Optimizer.Frozen = []string{"loss.logit_scale"}
	}
	embedder := func(tower *model.Tower, prefix string) *embedding.Embedder {
		return &embedding.Embedder{Tower: tower, Tokenizer: data.Tokenizer, Prefix: prefix, MaxLength: cfg.Model.MaxLength, Precision: precision}
	}
	sentences, skills := embedder(biencoder.Sentence, cfg.SentencePrefix), embedder(biencoder.Skill, cfg.SkillText.Prefix)
	facts := biencoderFacts(cfg, data)
	r := &train.Run{
		Folder: f, Title: "train-biencoder", Task: task, Options: options, Encoder: cfg.Model.Encoder, Tokenizer: data.Tokenizer.Files(),
		Manifest: checkpoints.Manifest{Kind: checkpoints.BiEncoder, Data: byName(facts), Model: checkpoints.ModelInfo{
			Head: biencoder.Sentence.HeadConfig(), Shared: biencoder.Shared(), MaxLength: cfg.Model.MaxLength,
			SentencePrefix: cfg.SentencePrefix, SkillPrefix: cfg.SkillText.Prefix, TrainedOn: cfg.Corpus}},
		Measurer: &validation.Ranking{Taxonomy: data.Taxonomy, Queries: data.Queries, Benchmarks: cfg.Validation.Benchmark,
			Sentences: sentences, Skills: skills},
	}
	apply(r, w, cfg.Run, cfg.Train)
	if n := cfg.Negatives; n.MineEverySteps > 0 {
		r.Mining = train.NewMining(train.MiningOptions{Every: n.MineEverySteps, PerSentence: n.PerSentence, Pool: n.Pool,
			OfSkills: n.NearestTo == "skill"}, task, data.Taxonomy, sentences, skills)
	}
	page := &report.Page{Data: facts, Lengths: data.Lengths(cfg.Model.MaxLength), Environment: environment(device, precision)}
	r.Watch = func(l *train.Loop, v *train.Validation) error { return watch(r, page, l, v) }
	return r
}

func biencoderTask(cfg *config.TrainBiencoder, data *dataset.BiEncoder, biencoder *model.BiEncoder, objective loss.Contrastive, precision libtorch.DType) *train.BiEncoderTask {
	return &train.BiEncoderTask{
		Model: biencoder, Examples: data.Training, Loss: objective, Precision: precision, Batching: batching(cfg.Run, cfg.Train, cfg.Batching),
		ChunkSize: cfg.Train.ChunkSize, Distinct: cfg.Batching.NoDuplicates,
		Texts: &train.TaxonomyTexts{Skills: data.Taxonomy.Skills(), Tokenizer: data.Tokenizer, MaxLength: cfg.Model.MaxLength, Prefix: cfg.SkillText.Prefix,
			Weights: train.TextWeights{Label: cfg.SkillText.LabelWeight, AltLabel: cfg.SkillText.AltLabelWeight, Description: cfg.SkillText.DescriptionWeight}},
	}
}
