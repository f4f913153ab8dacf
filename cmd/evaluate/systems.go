package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"skillspace/checkpoints"
	"skillspace/config"
	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
	"skillspace/embedding"
	"skillspace/evaluate"
	"skillspace/evaluate/baseline"
	"skillspace/index"
	"skillspace/internal/command"
	"skillspace/internal/libtorch"
	"skillspace/internal/progress"
)

// stockName is the title of the row of the baseline encoder.
const stockName = "stock encoder"

// systems opens the systems that a configuration names, and closes them.
type systems struct {
	cfg      *config.Evaluate
	tax      *taxonomy.Taxonomy
	training []labelledFile // for the filter's trained baseline
	device   libtorch.Device
	filter   *filterScorer
	opened   []interface{ Close() }
}

func (s *systems) close() {
	for _, model := range s.opened {
		model.Close()
	}
}

// logDivided says how many texts were too long for each model.
func (s *systems) logDivided() {
	for _, model := range s.opened {
		var divided *embedding.Divided
		switch m := model.(type) {
		case *index.Ranker:
			divided = m.Embedder.Divided
		case *embedding.SentenceFilter:
			divided = m.Divided
		}
		if divided.Any() {
			slog.Info(divided.String())
		}
	}
}

// check refuses folders that are no checkpoints of the right kind, before anything that takes long.
func (s *systems) check() error {
	for _, checkpoint := range s.cfg.Checkpoint {
		_, folder := config.NamedCheckpoint(checkpoint)
		if _, err := checkpoints.Peek(folder, checkpoints.BiEncoder); err != nil {
			return command.Usage(err)
		}
	}
	if s.cfg.Filter != "" {
		if _, err := checkpoints.Peek(s.cfg.Filter, checkpoints.Filter); err != nil {
			return command.Usage(err)
		}
	}
	if !s.cfg.Baselines || len(s.cfg.Benchmark) == 0 {
		return nil
	}
	if info, err := os.Stat(s.cfg.Encoder); err != nil || !info.IsDir() {
		return command.Usagef("encoder: no such folder: %q (the baseline's pretrained encoder; `make model` or fetch-model writes one, --encoder names it)",
			s.cfg.Encoder)
	}
	return nil
}

// reference names the system that the others are compared with: the stock encoder, if it is measured beside
// checkpoints.
func (s *systems) reference() string {
	if s.cfg.Baselines && len(s.cfg.Checkpoint) > 0 {
		return stockName
	}
	return ""
}

// open opens the baselines and then the checkpoints, in the order of the rows.
func (s *systems) open(ctx context.Context) (all []evaluate.System, err error) {
	if s.cfg.Baselines {
		if all, err = s.baselines(ctx); err != nil {
			return nil, err
		}
	}
	views, err := index.ParseViews(s.cfg.Views)
	if err != nil {
		return nil, command.Usage(err)
	}
	for _, checkpoint := range s.cfg.Checkpoint {
		name, folder := config.NamedCheckpoint(checkpoint)
		if name == "" {
			name = title(folder)
		}
		ranker, err := index.OpenCheckpoint(ctx, folder, s.tax.Skills(), index.OpenOptions{
			Title: name, Precision: s.cfg.Precision, Views: views, Lexical: s.cfg.Lexical, Device: s.device, Cache: s.cfg.Cache, Progress: embeddingSkills(name),
		})
		if err != nil {
			return nil, err
		}
		s.opened = append(s.opened, ranker)
		all = append(all, ranker)
		if s.cfg.Filter == "" {
			continue
		}
		filter, err := s.openFilter()
		if err != nil {
			return nil, err
		}
		all = append(all, &evaluate.Filtered{System: ranker, Keep: filter.keep, Skills: len(s.tax.Skills())})
	}
	return all, nil
}

func (s *systems) baselines(ctx context.Context) ([]evaluate.System, error) {
	tfidf, err := baseline.NewTFIDF(s.tax, baseline.TFIDFOptions{Analyzer: baseline.Analyzer(s.cfg.TFIDF)})
	if err != nil {
		return nil, err
	}
	bm25, err := baseline.NewBM25(s.tax, baseline.Analyzer(s.cfg.TFIDF))
	if err != nil {
		return nil, err
	}
	stock, err := index.OpenStock(ctx, s.cfg.Encoder, s.tax.Skills(), index.OpenOptions{
		Title: stockName, Prefix: s.cfg.EncoderPrefix, Device: s.device, Progress: embeddingSkills(stockName),
	})
	if err != nil {
		return nil, err
	}
	s.opened = append(s.opened, stock)
	return []evaluate.System{tfidf, bm25, stock}, nil
}

// filters opens the filters that are measured on labelled sentences.
func (s *systems) filters(ctx context.Context) ([]evaluate.SentenceScorer, error) {
	scorers := []evaluate.SentenceScorer{baseline.NewKeywordFilter(s.tax)}
	if len(s.training) > 0 {
		var sentences []corpus.Labelled
		for _, file := range s.training {
			sentences = append(sentences, file.sentences...)
		}
		logistic, err := baseline.NewLogisticFilter(ctx, sentences)
		if err != nil {
			return nil, fmt.Errorf("filter_train: %w", err)
		}
		scorers = append(scorers, logistic)
	}
	if s.cfg.Filter == "" {
		return scorers, nil
	}
	filter, err := s.openFilter()
	if err != nil {
		return nil, err
	}
	return append(scorers, filter), nil
}

func (s *systems) openFilter() (*filterScorer, error) {
	if s.filter != nil {
		return s.filter, nil
	}
	filter, err := embedding.LoadFilter(s.cfg.Filter, s.device)
	if err != nil {
		return nil, err
	}
	if s.cfg.FilterThreshold != -1 {
		filter.Threshold = s.cfg.FilterThreshold
	}
	s.filter = &filterScorer{title: title(s.cfg.Filter), filter: filter}
	s.opened = append(s.opened, filter)
	return s.filter, nil
}

// filterScorer is a sentence filter as package evaluate measures it.
type filterScorer struct {
	title  string
	filter *embedding.SentenceFilter
}

// Name returns the row's title in a table.
func (f *filterScorer) Name() string { return f.title }

// Threshold returns the probability from which a sentence is kept.
func (f *filterScorer) Threshold() float64 { return f.filter.Threshold }

// ScoreSentences returns the probability of each sentence to name a skill.
func (f *filterScorer) ScoreSentences(ctx context.Context, sentences []corpus.Sentence) ([]float32, error) {
	return f.filter.Probabilities(ctx, sentences)
}

// keep tells which sentences the filter keeps.
func (f *filterScorer) keep(ctx context.Context, sentences []corpus.Sentence) ([]bool, error) {
	probabilities, err := f.filter.Probabilities(ctx, sentences)
	if err != nil {
		return nil, err
	}
	keep := make([]bool, len(sentences))
	for i, p := range probabilities {
		keep[i] = float64(p) >= f.filter.Threshold
	}
	return keep, nil
}

// title shortens a checkpoint's path: runs/a/checkpoints/best becomes a/best.
func title(folder string) string {
	folder = filepath.ToSlash(filepath.Clean(folder))
	folder = strings.TrimPrefix(folder, "runs/")
	return strings.Replace(folder, "/checkpoints/", "/", 1)
}

// embeddingSkills shows the progress of embedding the skills and logs its time.
func embeddingSkills(name string) func(texts int) (func(int), func()) {
	return func(texts int) (func(int), func()) {
		started := time.Now()
		bar := progress.NewUnit(int64(texts), name+": embedding skills", "texts")
		return bar.Add, func() {
			bar.Finish()
			slog.Info(fmt.Sprintf("%s: %d skill texts embedded in %.1f s", name, texts, time.Since(started).Seconds()))
		}
	}
}

func openTaxonomy(cfg *config.Evaluate) (*taxonomy.Taxonomy, error) {
	if cfg.Taxonomy != "" {
		tax, err := taxonomy.LoadLanguage(cfg.Taxonomy, cfg.TaxonomyLanguage)
		return tax, command.Usage(err)
	}
	_, folder := config.NamedCheckpoint(cfg.Checkpoint[0])
	checkpoint, err := checkpoints.Open(folder, checkpoints.BiEncoder)
	if err != nil {
		return nil, command.Usage(err)
	}
	defer checkpoint.Close()
	skills, err := index.ReadSkillsFrom(checkpoint)
	if err != nil {
		return nil, command.Usage(err)
	}
	return taxonomy.New(skills)
}

func loadLabelled(ctx context.Context, paths []string) ([]labelledFile, error) {
	var files []labelledFile
	for _, path := range paths {
		sentences, rejects, err := corpus.ReadLabelledContext(ctx, path)
		if err != nil {
			return nil, command.Usage(err)
		}
		if rejects.Rows > 0 {
			fmt.Fprintf(progress.Stderr, "evaluate: %s\n", rejects)
		}
		files = append(files, labelledFile{strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)), sentences})
	}
	return files, nil
}
