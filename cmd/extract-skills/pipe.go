package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"skillspace/config"
	"skillspace/data/ads"
	"skillspace/extract/render"
	"skillspace/internal/command"
)

// checkPipe refuses what does not go with --pipe.
func checkPipe(cfg *config.ExtractSkills, inputs []input, mode mode) error {
	switch {
	case len(inputs) != 1 || inputs[0].path != "":
		return command.Usagef("--pipe reads stdin and no file")
	case cfg.Input != string(ads.Auto) && cfg.Input != string(ads.JSONL):
		return command.Usagef("--pipe reads JSON lines, not --input %s", cfg.Input)
	case cfg.Format != "jsonl":
		return command.Usagef("--pipe writes JSON lines, not --format %s", cfg.Format)
	case cfg.Output != "" || mode.resume:
		return command.Usagef("--pipe writes to stdout, without --output and --resume")
	case cfg.Shard != "0/1":
		return command.Usagef("--pipe answers every line, without --shard")
	}
	return nil
}

// line is a line of stdin: an ad, or why there is none.
type line struct {
	ad  ads.Ad
	err error
}

// pipe answers every line of stdin with one line, in order. Lines that have arrived together are extracted together.
func (p *pipeline) pipe(ctx context.Context, in input, w *render.Pipe, out *bufio.Writer) error {
	defer p.bar.Finish()
	started := time.Now()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	arrived := make(chan line, groupAds)
	var readErr error
	go func() {
		defer close(arrived)
		readErr = ads.StreamLines(ctx, in.name, ads.Interruptible(ctx, in.stdin), in.options, func(ad ads.Ad, err error) error {
			select {
			case arrived <- line{ad, err}:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	failed := 0
	var err error
	for first := range arrived {
		if err != nil {
			continue // the reader ends soon
		}
		lines := together(first, arrived)
		if err = p.answer(ctx, lines, w); err == nil {
			err = out.Flush()
		}
		if err != nil {
			cancel()
		}
		for _, l := range lines {
			if l.err != nil {
				failed++
			}
		}
	}
	if err = cmp.Or(err, readErr); err != nil {
		return err
	}
	p.bar.Finish()
	slog.Info(fmt.Sprintf("lines %d, of these %d that could not be read, sentences %d, kept %d, %.1f s", p.ads+failed, failed, p.sentences, p.kept, time.Since(started).Seconds()))
	return nil
}

// together returns a line and those that have arrived after it, as many as a group of ads has.
func together(first line, arrived <-chan line) []line {
	lines, size := []line{first}, len(first.ad.Text)
	for len(lines) < groupAds && size < groupBytes {
		select {
		case l, open := <-arrived:
			if !open {
				return lines
			}
			lines, size = append(lines, l), size+len(l.ad.Text)
		default:
			return lines
		}
	}
	return lines
}

// answer writes a line for each of the lines.
func (p *pipeline) answer(ctx context.Context, lines []line, w *render.Pipe) error {
	var texts []string
	for _, l := range lines {
		if l.err == nil {
			texts = append(texts, l.ad.Text)
		}
	}
	found, err := p.extractor.ExtractAll(ctx, texts, p.criteria)
	if err != nil {
		return fmt.Errorf("stdin: %w", err)
	}
	for _, l := range lines {
		if l.err != nil {
			if err := w.Fail(l.ad.ID, l.err); err != nil {
				return err
			}
			continue
		}
		if err := w.Write(render.Result{Ad: l.ad.ID, Text: l.ad.Text, Found: found[0], Skills: p.extractor.Index.Skills}); err != nil {
			return err
		}
		p.count(found[0])
		found = found[1:]
	}
	return nil
}
