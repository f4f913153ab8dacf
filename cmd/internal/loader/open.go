// Package loader opens the models of extract-skills and serve: a bi-encoder's checkpoint, a filter's checkpoint and the
// skills. It reads no ads and defines no flags.
package loader

import (
	"context"
	"fmt"

	"skillspace/checkpoints"
	"skillspace/config"
	"skillspace/data/taxonomy"
	"skillspace/embedding"
	"skillspace/extract"
	"skillspace/index"
	"skillspace/internal/command"
	"skillspace/internal/libtorch"
	"skillspace/internal/progress"
)

// Checked is a source that has passed the cheap checks: its folders are checkpoints and there are skills. No weight is
// read yet.
type Checked struct {
	source config.ModelSource
	device libtorch.Device
	skills []taxonomy.Skill
	views  index.Views
}

// Check makes the cheap checks of a source, reads the skills and sets the number of threads. Its errors are wrong use
// of the command.
func Check(s config.ModelSource) (*Checked, error) {
	device, err := libtorch.Choose(s.Device)
	if err != nil {
		return nil, command.Usage(err)
	}
	if s.Threads > 0 {
		if err := libtorch.SetThreads(s.Threads); err != nil {
			return nil, fmt.Errorf("threads: %w", err)
		}
	}
	if _, err := checkpoints.Peek(s.Checkpoint, checkpoints.BiEncoder); err != nil {
		return nil, command.Usage(err)
	}
	if s.Filter != "" {
		if _, err := checkpoints.Peek(s.Filter, checkpoints.Filter); err != nil {
			return nil, command.Usage(err)
		}
	}
	skills, err := readSkills(s)
	if err != nil {
		return nil, command.Usage(err)
	}
	views, err := index.ParseViews(s.Views)
	if err != nil {
		return nil, command.Usage(err)
	}
	return &Checked{source: s, device: device, skills: skills, views: views}, nil
}

func readSkills(s config.ModelSource) ([]taxonomy.Skill, error) {
	if s.Taxonomy == "" {
		return index.ReadSkills(s.Checkpoint)
	}
	tax, err := taxonomy.LoadLanguage(s.Taxonomy, s.TaxonomyLanguage)
	if err != nil {
		return nil, err
	}
	return tax.Skills(), nil
}

// Open loads the weights and the index of the skills, which it embeds unless it is cached. The caller closes the
// extractor.
func (c *Checked) Open(ctx context.Context) (*extract.Extractor, error) {
	x := &extract.Extractor{}
	var err error
	if c.source.Filter != "" {
		if x.Filter, err = c.openFilter(); err != nil {
			return nil, err
		}
	}
	x.Ranker, err = index.OpenCheckpoint(ctx, c.source.Checkpoint, c.skills, index.OpenOptions{
		Views: c.views, Device: c.device, Precision: c.source.Precision, Cache: c.source.Cache, Progress: progress.Counting("embedding skills", "texts"),
	})
	if err != nil {
		x.Close()
		return nil, err
	}
	return x, nil
}

func (c *Checked) openFilter() (*embedding.SentenceFilter, error) {
	filter, err := embedding.LoadFilter(c.source.Filter, c.device)
	if err != nil {
		return nil, err
	}
	if c.source.FilterThreshold >= 0 {
		filter.Threshold = c.source.FilterThreshold
	}
	filter.Precision = embedding.Precision(c.source.Precision, c.device)
	return filter, nil
}
