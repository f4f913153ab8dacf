package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"skillspace/checkpoints"
	"skillspace/config"
	"skillspace/data/ads"
	"skillspace/data/taxonomy"
	"skillspace/extract"
	"skillspace/extract/bulk"
	"skillspace/extract/render"
	"skillspace/internal/command"
	"skillspace/internal/libtorch"
	"skillspace/internal/progress"
)

// open loads what a configuration names, the cheap checks first.
func open(ctx context.Context, cfg *config.ExtractSkills, device libtorch.Device) (*extract.Extractor, func(), error) {
	if _, err := checkpoints.Peek(cfg.Checkpoint, checkpoints.BiEncoder); err != nil {
		return nil, nil, command.Usage(err)
	}
	skills, err := openSkills(cfg)
	if err != nil {
		return nil, nil, command.Usage(err)
	}
	views, err := extract.ParseViews(cfg.Views)
	if err != nil {
		return nil, nil, command.Usage(err)
	}
	var filter *extract.SentenceFilter
	closeFilter := func() {}
	if cfg.Filter != "" {
		if _, err := checkpoints.Peek(cfg.Filter, checkpoints.Filter); err != nil {
			return nil, nil, command.Usage(err)
		}
		if filter, closeFilter, err = extract.LoadFilter(cfg.Filter, device); err != nil {
			return nil, nil, err
		}
		if cfg.FilterThreshold >= 0 {
			filter.Threshold = cfg.FilterThreshold
		}
	}
	ranker, closeRanker, err := extract.OpenCheckpoint(ctx, cfg.Checkpoint, skills, extract.OpenOptions{
		Views: views, Device: device, Cache: cfg.Cache, Progress: embedding,
	})
	if err != nil {
		closeFilter()
		return nil, nil, err
	}
	return &extract.Extractor{Embedder: ranker.Embedder, Index: ranker.Index, Filter: filter}, func() { closeFilter(); closeRanker() }, nil
}

func openSkills(cfg *config.ExtractSkills) ([]taxonomy.Skill, error) {
	if cfg.Taxonomy == "" {
		return extract.StoredSkills(cfg.Checkpoint)
	}
	tax, err := taxonomy.LoadLanguage(cfg.Taxonomy, cfg.TaxonomyLanguage)
	if err != nil {
		return nil, err
	}
	return tax.Skills(), nil
}

func embedding(texts int) (func(int), func()) {
	bar := progress.NewUnit(int64(texts), "embedding skills", "texts")
	return bar.Add, bar.Finish
}

// bar counts ads, unless results go to the terminal that it would be shown on.
func bar(stdout io.Writer, cfg *config.ExtractSkills) *progress.Bar {
	if cfg.Output == "" && isTerminal(stdout) {
		return nil
	}
	return progress.NewUnit(0, "extracting", "ads")
}

func options(cfg *config.ExtractSkills) extract.Options {
	return extract.Options{TopK: cfg.TopK, Threshold: float32(cfg.Threshold)}
}

// pipeline takes ads through extraction in groups, whose sentences share forward passes.
type pipeline struct {
	extractor *extract.Extractor
	options   extract.Options
	shard     bulk.Shard
	sink      sink
	bar       *progress.Bar

	ads, sentences, kept int
}

const (
	groupAds   = 64
	groupBytes = 64 << 10
)

func (p *pipeline) run(ctx context.Context, inputs []input) error {
	defer p.bar.Finish()
	started := time.Now()
	at, rejected := p.sink.Position(), 0
	var err error
	for at.Input < len(inputs) && err == nil {
		var rows int
		rows, at, err = p.input(ctx, inputs[at.Input], at)
		rejected += rows
	}
	if err = errors.Join(err, p.sink.Close(at, err == nil)); err != nil { // what is complete is written on an interrupt too
		return err
	}
	note := ""
	if rejected > 0 {
		note = fmt.Sprintf(", %d rows left out", rejected)
	}
	p.bar.Finish()
	slog.Info(fmt.Sprintf("ads %d, sentences %d, kept %d%s, %.1f s", p.ads, p.sentences, p.kept, note, time.Since(started).Seconds()))
	return nil
}

// input takes the ads of a file from at on. It returns how many rows were left out and how far it came, also with an error.
func (p *pipeline) input(ctx context.Context, in input, at bulk.Position) (rejected int, done bulk.Position, err error) {
	var group []ads.Ad
	size, seen := 0, 0
	flush := func() error {
		if err := p.extract(ctx, in.name, group); err != nil {
			return err
		}
		group, size, at.Ads = nil, 0, seen
		return p.sink.Advance(at)
	}
	rejects, err := in.stream(ctx, func(ad ads.Ad) error {
		if seen++; seen <= at.Ads || !p.shard.Has(ad.ID) {
			return nil
		}
		group, size = append(group, ad), size+len(ad.Text)
		if len(group) < groupAds && size < groupBytes {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return 0, at, err
	}
	return rejects.Rows, bulk.Position{Input: at.Input + 1}, nil
}

func (p *pipeline) extract(ctx context.Context, file string, group []ads.Ad) error {
	texts := make([]string, len(group))
	for i, ad := range group {
		texts[i] = ad.Text
	}
	found, err := p.extractor.ExtractAll(ctx, texts, p.options)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	for i, ad := range group {
		if err := p.sink.Write(render.Result{File: file, Ad: ad.ID, Found: found[i], Skills: p.extractor.Index.Skills}); err != nil {
			return err
		}
		p.count(found[i])
	}
	return nil
}

func (p *pipeline) count(found []extract.Found) {
	p.ads++
	p.bar.Add(1)
	p.sentences += len(found)
	for _, f := range found {
		if f.Kept {
			p.kept++
		}
	}
}
