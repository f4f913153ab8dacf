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
// read yet. The checkpoints are open: what is loaded is what was checked, also where a trainer saves others meanwhile.
type Checked struct {
	source     config.ModelSource
	device     libtorch.Device
	skills     []taxonomy.Skill
	taxonomy   *taxonomy.Taxonomy // nil: the skills are stored with the checkpoint
	views      index.Views
	checkpoint *checkpoints.Checkpoint
	filter     *checkpoints.Checkpoint // nil: none
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
	c := &Checked{source: s, device: device}
	if err := c.open(); err != nil {
		c.Close()
		return nil, command.Usage(err)
	}
	return c, nil
}

func (c *Checked) open() (err error) {
	if c.checkpoint, err = checkpoints.Open(c.source.Checkpoint, checkpoints.BiEncoder); err != nil {
		return err
	}
	if c.source.Filter != "" {
		if c.filter, err = checkpoints.Open(c.source.Filter, checkpoints.Filter); err != nil {
			return err
		}
	}
	if c.skills, err = c.readSkills(); err != nil {
		return err
	}
	c.views, err = index.ParseViews(c.source.Views)
	return err
}

// Groups returns the groups of each skill, of Level 1 and below. It returns nil where the skills are stored with the
// checkpoint, which stores no groups.
func (c *Checked) Groups() [][]taxonomy.Group {
	if c.taxonomy == nil {
		return nil
	}
	return c.taxonomy.SkillGroups()
}

// Close closes the checkpoints. The extractor does not need them.
func (c *Checked) Close() {
	for _, checkpoint := range []*checkpoints.Checkpoint{c.checkpoint, c.filter} {
		if checkpoint != nil {
			_ = checkpoint.Close() // they were only read
		}
	}
}

// Identities returns the identities of the models, by the setting that names them.
func (c *Checked) Identities() map[string]string {
	identities := map[string]string{"checkpoint": c.checkpoint.Manifest.Identity()}
	if c.filter != nil {
		identities["filter"] = c.filter.Manifest.Identity()
	}
	return identities
}

func (c *Checked) readSkills() ([]taxonomy.Skill, error) {
	if c.source.Taxonomy == "" {
		return index.ReadSkillsFrom(c.checkpoint)
	}
	tax, err := taxonomy.LoadLanguage(c.source.Taxonomy, c.source.TaxonomyLanguage)
	if err != nil {
		return nil, err
	}
	c.taxonomy = tax
	return tax.Skills(), nil
}

// Open loads the weights and the index of the skills, which it embeds unless it is cached. The caller closes the
// extractor.
func (c *Checked) Open(ctx context.Context) (*extract.Extractor, error) {
	x := &extract.Extractor{}
	var err error
	if c.filter != nil {
		if x.Filter, err = c.openFilter(); err != nil {
			return nil, err
		}
	}
	x.Ranker, err = index.OpenCheckpointFrom(ctx, c.checkpoint, c.skills, index.OpenOptions{
		Views: c.views, Lexical: c.source.Lexical, Device: c.device, Precision: c.source.Precision, Cache: c.source.Cache, Progress: progress.Counting("embedding skills", "texts"),
	})
	if err != nil {
		x.Close()
		return nil, err
	}
	return x, nil
}

func (c *Checked) openFilter() (*embedding.SentenceFilter, error) {
	filter, err := embedding.LoadFilterFrom(c.filter, c.device)
	if err != nil {
		return nil, err
	}
	if c.source.FilterThreshold >= 0 {
		filter.Threshold = c.source.FilterThreshold
	}
	filter.Precision = embedding.Precision(c.source.Precision, c.device)
	return filter, nil
}
