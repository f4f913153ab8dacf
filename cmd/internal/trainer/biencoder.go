package trainer

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"skillspace/checkpoints"
	"skillspace/config"
	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
	"skillspace/data/tokencache"
	"skillspace/data/tokenize"
	"skillspace/embedding"
	"skillspace/internal/command"
	"skillspace/internal/libtorch"
	"skillspace/model"
	"skillspace/model/loss"
	"skillspace/train"
)

// BiEncoder trains the bi-encoder that cfg describes and prints where it is to out.
func BiEncoder(ctx context.Context, cfg *config.TrainBiencoder, resume bool, out io.Writer) error {
	objective, err := contrastiveLoss(cfg.Loss)
	if err != nil {
		return command.Usage(err)
	}
	folder, err := openFolder(cfg.Run.Dir, cfg, resume)
	if err != nil {
		return err
	}
	data, err := readPairs(ctx, cfg)
	if err != nil {
		return err
	}
	var validation *train.Validation
	err = libtorch.Do(func(*libtorch.Scope) error {
		device, err := prepare(cfg.Device, cfg.Run, cfg.Train.Precision)
		if err != nil {
			return err
		}
		biencoder, err := newBiEncoder(cfg, device)
		if err != nil {
			return err
		}
		defer biencoder.Close()
		r := biencoderRun(cfg, folder, data, biencoder, objective)
		validation, err = r.execute(ctx)
		return err
	})
	if err != nil {
		return interrupted(err, cfg.Run.Dir)
	}
	_, err = fmt.Fprintf(out, "best %s %.4f at step %d: %s\n", cfg.Train.BestMetric, validation.Best, validation.BestStep, folder.checkpoint("best"))
	return err
}

// pairs is a corpus as the bi-encoder needs it.
type pairs struct {
	taxonomy  *taxonomy.Taxonomy
	tokenizer *tokenize.Tokenizer
	training  []train.PairExample
	queries   []heldOut
}

// heldOut is a sentence kept from training: at least one of its skills is never seen in any training sentence.
type heldOut struct {
	text string
	gold []int
}

func readPairs(ctx context.Context, cfg *config.TrainBiencoder) (*pairs, error) {
	tax, err := taxonomy.LoadLanguage(cfg.Taxonomy, cfg.TaxonomyLanguage)
	if err != nil {
		return nil, err
	}
	tokenizer, err := tokenize.Load(cfg.Model.Encoder)
	if err != nil {
		return nil, err
	}
	examples, rejects, err := corpus.Read(cfg.Corpus)
	if err != nil {
		return nil, err
	}
	if rejects.Rows > 0 {
		slog.Warn("corpus: rows left out: " + rejects.String())
	}
	p := &pairs{taxonomy: tax, tokenizer: tokenizer}
	var texts []string
	for _, e := range examples {
		gold, err := indices(tax, e)
		if err != nil {
			return nil, fmt.Errorf("corpus %s: %w", cfg.Corpus, err)
		}
		switch {
		case len(gold) == 0: // a sentence for the filter
		case isHeldOut(e.Skills, cfg.Validation.Share):
			p.queries = append(p.queries, heldOut{e.Text, gold})
		default:
			texts = append(texts, cfg.SentencePrefix+e.Text)
			p.training = append(p.training, train.PairExample{Skills: gold})
		}
	}
	p.thin(cfg.Validation.MaxQueries)
	ids, err := tokencache.Encode(ctx, tokenFolder(cfg.Run), tokenizer, texts, cfg.Model.MaxLength)
	if err != nil {
		return nil, err
	}
	for i := range ids {
		p.training[i].Tokens = ids[i]
	}
	slog.Info("corpus read", "training", len(p.training), "held out", len(p.queries), "skills", len(tax.Skills()))
	return p, nil
}

func indices(tax *taxonomy.Taxonomy, e corpus.Example) ([]int, error) {
	gold := make([]int, len(e.Skills))
	for i, uri := range e.Skills {
		skill, known := tax.Index(uri)
		if !known {
			return nil, fmt.Errorf("skill %s of %q is not in the taxonomy", uri, e.Text)
		}
		gold[i] = skill
	}
	return gold, nil
}

// isHeldOut decides by a hash of each skill's URI, so that a skill is held out in every run or in none.
func isHeldOut(uris []string, share float64) bool {
	for _, uri := range uris {
		if corpus.Share(uri) < share {
			return true
		}
	}
	return false
}

// thin keeps at most limit queries, evenly spread; 0 keeps all.
func (p *pairs) thin(limit int) {
	if limit == 0 || len(p.queries) <= limit {
		return
	}
	kept := make([]heldOut, limit)
	for i := range kept {
		kept[i] = p.queries[i*len(p.queries)/limit]
	}
	p.queries = kept
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
	return model.NewBiEncoder(sentence, skill, cfg.Loss.Temperature)
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

func biencoderRun(cfg *config.TrainBiencoder, f *folder, data *pairs, biencoder *model.BiEncoder, objective loss.Contrastive) *run {
	device := biencoder.Sentence.Device()
	precision := embedding.Precision(cfg.Train.Precision, device)
	task := &train.BiEncoderTask{
		Model: biencoder, Examples: data.training, Precision: precision, Batching: batching(cfg.Run, cfg.Train, cfg.Batching), ChunkSize: cfg.Train.ChunkSize, Distinct: cfg.Batching.NoDuplicates,
		Loss: objective,
		Texts: &train.TaxonomyTexts{Skills: data.taxonomy.Skills(), Tokenizer: data.tokenizer, MaxLength: cfg.Model.MaxLength, Prefix: cfg.SkillText.Prefix,
			Weights: train.TextWeights{Label: cfg.SkillText.LabelWeight, AltLabel: cfg.SkillText.AltLabelWeight, Description: cfg.SkillText.DescriptionWeight}},
	}
	options := loopOptions(cfg.Train, cfg.Optimizer, cfg.Schedule)
	if _, unscaled := objective.(loss.Unscaled); unscaled || !cfg.Loss.LearnableTemperature {
		options.Optimizer.Frozen = []string{"loss.logit_scale"}
	}
	sentences := &embedding.Embedder{Tower: biencoder.Sentence, Tokenizer: data.tokenizer, Prefix: cfg.SentencePrefix, MaxLength: cfg.Model.MaxLength, Precision: precision}
	skills := &embedding.Embedder{Tower: biencoder.Skill, Tokenizer: data.tokenizer, Prefix: cfg.SkillText.Prefix, MaxLength: cfg.Model.MaxLength, Precision: precision}
	check := &ranking{cfg: cfg, data: data, sentences: sentences, skills: skills}
	search := &miner{cfg: cfg.Negatives, data: data, sentences: sentences, skills: skills}
	return &run{
		folder: f, task: task, options: options, train: cfg.Train, encoder: cfg.Model.Encoder, tokenizer: data.tokenizer.Files(),
		manifest: checkpoints.Manifest{Kind: checkpoints.BiEncoder, Model: checkpoints.ModelInfo{Head: biencoder.Sentence.HeadConfig(), Shared: biencoder.Shared(),
			MaxLength: cfg.Model.MaxLength, SentencePrefix: cfg.SentencePrefix, SkillPrefix: cfg.SkillText.Prefix, TrainedOn: cfg.Corpus}},
		measure: check.measure, title: "train-biencoder", device: device, precision: precision, data: data.describe(cfg),
		mining: search.mining(task),
	}
}
