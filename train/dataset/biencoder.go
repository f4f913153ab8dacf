// Package dataset reads the trainers' data. It divides sentences into training and validation, and turns them into tokens.
// It touches no tensor.
package dataset

import (
	"context"
	"fmt"
	"log/slog"

	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
	"skillspace/data/tokencache"
	"skillspace/data/tokenize"
	"skillspace/train"
)

// BiEncoderOptions say what a bi-encoder is trained on.
type BiEncoderOptions struct {
	Taxonomy     string // folder of ESCO or of a list
	Language     string // of the skills' texts; "" for English
	Corpus       string // file
	Encoder      string // folder with the tokenizer
	Prefix       string // put before every sentence
	MaxLength    int    // tokens
	HeldOutShare float64
	MaxQueries   int    // 0 for no limit
	TokenCache   string // folder that keeps token ids between runs
}

// BiEncoder is a corpus of sentences and the skills that they name.
type BiEncoder struct {
	Taxonomy  *taxonomy.Taxonomy
	Tokenizer *tokenize.Tokenizer
	Training  []train.PairExample
	Cut       Cut
	// Queries are held out of training: at least one of a query's skills is never seen in a training sentence.
	Queries []Query
	// Without are sentences that name no skill. None is trained on.
	Without []string
}

// Query is a sentence with the skills it names, as indices of the taxonomy.
type Query struct {
	Text   string
	Skills []int
}

// ReadBiEncoder reads a corpus. Sentences without a skill are left out.
func ReadBiEncoder(ctx context.Context, o BiEncoderOptions) (*BiEncoder, error) {
	tax, err := taxonomy.LoadLanguage(o.Taxonomy, o.Language)
	if err != nil {
		return nil, err
	}
	tokenizer, err := tokenize.Load(o.Encoder)
	if err != nil {
		return nil, err
	}
	examples, rejects, err := corpus.Read(o.Corpus)
	if err != nil {
		return nil, err
	}
	if rejects.Rows > 0 {
		slog.Warn("corpus: rows left out: " + rejects.String())
	}
	d := &BiEncoder{Taxonomy: tax, Tokenizer: tokenizer}
	texts, err := d.divide(examples, o)
	if err != nil {
		return nil, fmt.Errorf("corpus %s: %w", o.Corpus, err)
	}
	ids, err := tokencache.Encode(ctx, o.TokenCache, tokenizer, texts, o.MaxLength)
	if err != nil {
		return nil, err
	}
	for i := range ids {
		d.Training[i].Tokens = ids[i]
	}
	d.Cut = countCut(tokenizer, texts, ids, o.MaxLength)
	slog.Info("corpus read", "training", len(d.Training), "held out", len(d.Queries), "skills", len(tax.Skills()))
	return d, nil
}

// divide fills Training, without its tokens, and Queries, and returns the training sentences' texts.
func (d *BiEncoder) divide(examples []corpus.Example, o BiEncoderOptions) (texts []string, err error) {
	for _, e := range examples {
		skills, err := indices(d.Taxonomy, e)
		if err != nil {
			return nil, err
		}
		switch {
		case len(skills) == 0: // a sentence for the filter
			d.Without = append(d.Without, e.Text)
		case isHeldOut(e.Skills, o.HeldOutShare):
			d.Queries = append(d.Queries, Query{Text: e.Text, Skills: skills})
		default:
			texts = append(texts, o.Prefix+e.Text)
			d.Training = append(d.Training, train.PairExample{Skills: skills})
		}
	}
	d.Queries = spread(d.Queries, o.MaxQueries)
	return texts, nil
}

func indices(tax *taxonomy.Taxonomy, e corpus.Example) ([]int, error) {
	skills := make([]int, len(e.Skills))
	for i, uri := range e.Skills {
		skill, known := tax.Index(uri)
		if !known {
			return nil, fmt.Errorf("skill %s of %q is not in the taxonomy", uri, e.Text)
		}
		skills[i] = skill
	}
	return skills, nil
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

// spread returns at most limit queries, evenly spread; 0 keeps all.
func spread(queries []Query, limit int) []Query {
	if limit == 0 || len(queries) <= limit {
		return queries
	}
	kept := make([]Query, limit)
	for i := range kept {
		kept[i] = queries[i*len(queries)/limit]
	}
	return kept
}

// Lengths returns how many training sentences have 0, 1, … maxLength tokens.
func (d *BiEncoder) Lengths(maxLength int) []int {
	lengths := make([]int, maxLength+1)
	for _, e := range d.Training {
		lengths[len(e.Tokens)]++
	}
	return lengths
}
