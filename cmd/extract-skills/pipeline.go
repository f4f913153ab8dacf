package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"skillspace/config"
	"skillspace/data/ads"
	"skillspace/extract"
	"skillspace/extract/bulk"
	"skillspace/extract/render"
	"skillspace/internal/progress"
)

// source names the models of a configuration.
// bar counts ads, unless results go to the terminal that it would be shown on.
func bar(stdout io.Writer, cfg *config.ExtractSkills) *progress.Bar {
	if cfg.Output == "" && isTerminal(stdout) {
		return nil
	}
	return progress.NewUnit(0, "extracting", "ads")
}

func options(cfg *config.ExtractSkills) extract.Criteria {
	return extract.Criteria{TopK: cfg.TopK, Threshold: float32(cfg.Threshold)}
}

// pipeline takes ads through extraction in groups, whose sentences share forward passes.
type pipeline struct {
	extractor *extract.Extractor
	options   extract.Criteria
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
