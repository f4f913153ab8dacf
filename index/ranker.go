package index

import (
	"context"
	"fmt"

	"skillspace/checkpoints"
	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
	"skillspace/embedding"
	"skillspace/internal/libtorch"
	"skillspace/lexical"
)

// Ranker scores sentences against a taxonomy's skills: an embedder of sentences and the index of the skills. Package
// evaluate measures it as a system.
type Ranker struct {
	Title    string
	Embedder *embedding.Embedder
	Index    *Index
	Labels   *lexical.Labels // adds to the scores what the words of the labels say; nil: cosines alone

	weights interface{ Close() } // of the model; nil where the ranker does not own it
}

// Close frees the model's weights and the index's pinned memory. It may be called again.
func (r *Ranker) Close() {
	if r.Index != nil {
		r.Index.Close()
	}
	if r.weights != nil {
		r.weights.Close()
	}
}

// Name returns the row's title in a table.
func (r *Ranker) Name() string { return r.Title }

// Score returns each query's scores, one a skill. A query that is too long for the model is read in windows: a skill's
// score is the highest of theirs. With [Ranker.Labels] the lexical scores are added, so a score may exceed 1.
func (r *Ranker) Score(ctx context.Context, queries []corpus.Sentence) ([][]float32, error) {
	texts := make([]string, len(queries))
	for i, q := range queries {
		texts[i] = q.Text
	}
	vectors, of, err := r.Embedder.EmbedWindows(ctx, texts)
	if err != nil {
		return nil, err
	}
	ofWindows, err := r.Index.Score(ctx, vectors)
	if err != nil {
		return nil, err
	}
	scores := ofWindows[:0]
	for i, row := range ofWindows {
		if i == 0 || of[i] != of[i-1] {
			scores = append(scores, row)
			continue
		}
		best := scores[len(scores)-1]
		for skill := range best {
			best[skill] = max(best[skill], row[skill])
		}
	}
	if r.Labels == nil {
		return scores, nil
	}
	return scores, r.addLexical(ctx, texts, scores)
}

// OpenOptions say how a ranker is opened.
type OpenOptions struct {
	Title     string // empty: the folder's path
	Prefix    string // put before every text of a pretrained encoder; a checkpoint stores its own
	Views     Views
	Lexical   bool // add what the words of the skills' labels say; checkpoints only
	Device    libtorch.Device
	Precision string                                         // of the forward passes, as embedding.Precision reads it
	Cache     bool                                           // cache the skills' embeddings in the checkpoint's folder
	Progress  func(texts int) (add func(n int), done func()) // called before that many texts are embedded; may be nil
}

func (o OpenOptions) progress(texts int) (add func(n int), done func()) {
	if o.Progress == nil {
		return nil, func() {}
	}
	return o.Progress(texts)
}

// OpenStock opens a pretrained encoder as it came, with mean pooling over preferred labels: the baseline.
func OpenStock(ctx context.Context, folder string, skills []taxonomy.Skill, o OpenOptions) (*Ranker, error) {
	maxLength, err := embedding.StockMaxLength(folder)
	if err != nil {
		return nil, err
	}
	embedder, err := embedding.LoadStock(folder, maxLength, o.Device)
	if err != nil {
		return nil, err
	}
	embedder.Prefix = o.Prefix
	if err := warnOfCuts(ctx, embedder, skills, LabelsOnly); err != nil {
		embedder.Close()
		return nil, err
	}
	add, done := o.progress(TextCount(skills, LabelsOnly))
	index, err := Build(ctx, embedder, skills, LabelsOnly, add)
	done()
	if err != nil {
		embedder.Close()
		return nil, fmt.Errorf("encoder %s: %w", folder, err)
	}
	return &Ranker{Title: o.Title, Embedder: embedder, Index: index, weights: embedder}, nil
}

// OpenCheckpoint opens a bi-encoder's checkpoint over skills, with its index pinned on the device.
func OpenCheckpoint(ctx context.Context, dir string, skills []taxonomy.Skill, o OpenOptions) (*Ranker, error) {
	c, err := checkpoints.Open(dir, checkpoints.BiEncoder)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return OpenCheckpointFrom(ctx, c, skills, o)
}

// OpenCheckpointFrom is [OpenCheckpoint] for an open checkpoint.
func OpenCheckpointFrom(ctx context.Context, c *checkpoints.Checkpoint, skills []taxonomy.Skill, o OpenOptions) (*Ranker, error) {
	embedders, err := embedding.LoadBiEncoderFrom(c, o.Device)
	if err != nil {
		return nil, err
	}
	if o.Precision != "" {
		precision := embedding.Precision(o.Precision, o.Device)
		embedders.Sentences.Precision, embedders.Skills.Precision = precision, precision
	}
	index, err := forCheckpoint(ctx, c, embedders.Skills, skills, o)
	if err != nil {
		embedders.Close()
		return nil, fmt.Errorf("checkpoint %s: %w", c.Path(), err)
	}
	if o.Title == "" {
		o.Title = c.Path()
	}
	ranker := &Ranker{Title: o.Title, Embedder: embedders.Sentences, Index: index, weights: embedders}
	if o.Lexical {
		ranker.fuse(skills)
	}
	index.Pin(o.Device)
	return ranker, nil
}
