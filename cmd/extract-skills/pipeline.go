package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"skillspace/config"
	"skillspace/data/ads"
	"skillspace/data/corpus"
	"skillspace/extract"
	"skillspace/extract/bulk"
	"skillspace/extract/render"
	"skillspace/internal/progress"
	"skillspace/internal/terminal"
)

// bar counts ads. There is none where results go to a terminal.
func bar(stdout io.Writer, cfg *config.ExtractSkills) *progress.Bar {
	if cfg.Output == "" && isTerminal(stdout) {
		return nil
	}
	return progress.NewUnit(0, "extracting", "ads")
}

// criteria returns what is searched for. The writer for people also shows the nearest skills below the threshold.
func criteria(cfg *config.ExtractSkills) extract.Criteria {
	c := extract.Criteria{TopK: cfg.TopK, Threshold: float32(cfg.Threshold)}
	if cfg.Format == "annotated" {
		c.Threshold = -1
	}
	return c
}

// pipeline extracts ads in groups, whose sentences share forward passes.
type pipeline struct {
	extractor *extract.Extractor
	criteria  extract.Criteria
	shard     bulk.Shard
	sink      sink
	bar       *progress.Bar

	ads, sentences, kept int
	divided              extract.Divided
}

// A group ends when it holds this many ads or bytes of text.
const (
	groupAds   = 64
	groupBytes = 64 << 10
)

// group is ads that are extracted together.
type group struct {
	ads  []ads.Ad
	size int // bytes of text
}

func (g *group) add(ad ads.Ad) { g.ads, g.size = append(g.ads, ad), g.size+len(ad.Text) }

func (g *group) full() bool { return len(g.ads) >= groupAds || g.size >= groupBytes }

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
	// Complete results are written on an interrupt too. A full disk fails Close with the error that ended the loop.
	if closing := p.sink.Close(at, err == nil); !errors.Is(err, closing) {
		err = errors.Join(err, closing)
	}
	if err != nil {
		return err
	}
	note := ""
	if rejected > 0 {
		note = fmt.Sprintf(", %s left out", terminal.Count(rejected, "row", "rows"))
	}
	if d := p.divided; d.Sentences > 0 {
		note += fmt.Sprintf(", %d longer than the model reads: divided into %s, %d of them cut inside a clause", d.Sentences, terminal.Count(d.Clauses, "clause", "clauses"), d.Cuts)
	}
	p.bar.Finish()
	slog.Info(fmt.Sprintf("ads %d, sentences %d, kept %d%s, %.1f s", p.ads, p.sentences, p.kept, note, time.Since(started).Seconds()))
	return nil
}

// input extracts the ads of an input from at on. It returns the number of rejected rows and the position that it
// reached, also with an error.
func (p *pipeline) input(ctx context.Context, in input, at bulk.Position) (rejected int, done bulk.Position, err error) {
	if in.path == "" {
		rejected, err = p.live(ctx, in)
		return rejected, bulk.Position{Input: at.Input + 1}, err
	}
	var waiting group
	seen := 0
	flush := func() error {
		if err := p.extract(ctx, in.name, waiting.ads); err != nil {
			return err
		}
		waiting, at.Ads = group{}, seen
		return p.sink.Advance(at)
	}
	rejects, err := in.stream(ctx, func(ad ads.Ad) error {
		if seen++; seen <= at.Ads || !p.shard.Has(ad.ID) {
			return nil
		}
		if waiting.add(ad); !waiting.full() {
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

// live extracts the ads of stdin as they come: a group ends when no further ad is waiting. A program at the other end
// of a pipe can so send an ad and read its skills before it sends the next. It returns the number of rejected rows.
func (p *pipeline) live(ctx context.Context, in input) (rejected int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	arrived := make(chan ads.Ad, groupAds)
	var rejects *corpus.Rejects
	var readErr error
	go func() {
		defer close(arrived)
		rejects, readErr = in.stream(ctx, func(ad ads.Ad) error {
			select {
			case arrived <- ad:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	for ad := range arrived {
		if err == nil {
			if err = p.extractArrived(ctx, in.name, ad, arrived); err != nil {
				cancel() // ends the reader, which closes arrived
			}
		}
	}
	if err = cmp.Or(err, readErr); err != nil {
		return 0, err
	}
	return rejects.Rows, nil
}

// extractArrived extracts an ad together with those that have arrived after it.
func (p *pipeline) extractArrived(ctx context.Context, file string, ad ads.Ad, arrived <-chan ads.Ad) error {
	var together group
	for open := true; open; {
		if p.shard.Has(ad.ID) {
			together.add(ad)
		}
		if together.full() {
			break
		}
		select {
		case ad, open = <-arrived:
		default:
			open = false
		}
	}
	if err := p.extract(ctx, file, together.ads); err != nil {
		return err
	}
	return p.sink.Advance(bulk.Position{})
}

func (p *pipeline) extract(ctx context.Context, file string, group []ads.Ad) error {
	texts := make([]string, len(group))
	for i, ad := range group {
		texts[i] = ad.Text
	}
	found, err := p.extractor.ExtractAll(ctx, texts, p.criteria)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	for i, ad := range group {
		if err := p.sink.Write(render.Result{File: file, Ad: ad.ID, Text: ad.Text, Found: found[i], Skills: p.extractor.Index.Skills}); err != nil {
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
		p.divided.Add(f.Sentence)
		if f.Kept {
			p.kept++
		}
	}
}
