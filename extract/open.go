package extract

import (
	"context"
	"fmt"

	"skillspace/data/taxonomy"
	"skillspace/internal/libtorch"
)

// OpenOptions say how a ranker is opened.
type OpenOptions struct {
	Title     string // the row's title; empty: the folder as given
	Prefix    string // put before every text of a pretrained encoder; a checkpoint knows its own
	Views     Views
	Device    libtorch.Device
	Precision string                                         // of the forward passes, as Precision reads it; empty: fp32
	Cache     bool                                           // keep the skills' embeddings in the checkpoint's folder
	Progress  func(texts int) (add func(n int), done func()) // called before embedding so many texts; nil: no progress
}

func (o OpenOptions) progress(texts int) (add func(n int), done func()) {
	if o.Progress == nil {
		return nil, func() {}
	}
	return o.Progress(texts)
}

// OpenStock opens a pretrained encoder as it came, with mean pooling over preferred labels: the baseline.
// closeModel frees the weights.
func OpenStock(ctx context.Context, folder string, skills []taxonomy.Skill, o OpenOptions) (r *Ranker, closeModel func(), err error) {
	maxLength, err := StockMaxLength(folder)
	if err != nil {
		return nil, nil, err
	}
	embedder, closeModel, err := LoadStock(folder, maxLength, o.Device)
	if err != nil {
		return nil, nil, err
	}
	embedder.Prefix = o.Prefix
	add, done := o.progress(IndexTexts(skills, LabelsOnly))
	index, err := BuildIndex(ctx, embedder, skills, LabelsOnly, add)
	done()
	if err != nil {
		closeModel()
		return nil, nil, fmt.Errorf("encoder %s: %w", folder, err)
	}
	return &Ranker{Title: o.Title, Embedder: embedder, Index: index}, closeModel, nil
}

// OpenCheckpoint opens a bi-encoder's checkpoint over skills. closeModel frees the weights and the index.
func OpenCheckpoint(ctx context.Context, dir string, skills []taxonomy.Skill, o OpenOptions) (r *Ranker, closeModel func(), err error) {
	sentences, texts, manifest, closeWeights, err := loadBiEncoder(dir, o.Device)
	if err != nil {
		return nil, nil, err
	}
	if o.Precision != "" {
		sentences.Precision = Precision(o.Precision, o.Device)
		texts.Precision = sentences.Precision
	}
	index, err := indexFor(ctx, dir, manifest.Identity(), texts, skills, o)
	if err != nil {
		closeWeights()
		return nil, nil, fmt.Errorf("checkpoint %s: %w", dir, err)
	}
	if o.Title == "" {
		o.Title = dir
	}
	index.Hold(o.Device)
	return &Ranker{Title: o.Title, Embedder: sentences, Index: index}, func() { index.Close(); closeWeights() }, nil
}
