// Package synthesis writes job-ad sentences for the skills of a taxonomy. It draws sets of skills, names each skill in one of
// many ways and puts the names into sentences of a generative grammar. It does not read or write files.
package synthesis

import (
	"context"
	"fmt"
	"math/rand/v2"

	"skillspace/data/corpus"
	"skillspace/data/synthesis/chinese"
	"skillspace/data/synthesis/english"
	"skillspace/data/synthesis/template"
	"skillspace/data/taxonomy"
)

// WriterTemplate is the name of the embedded writer in a corpus.
const WriterTemplate = "template"

// Pairings of the skills that share a sentence.
const (
	Hierarchical  = "hierarchical"  // skills below one Level-2 group
	Unconstrained = "unconstrained" // any skills
)

// Languages of the sentences.
const (
	English = "en"
	Chinese = "zh"
)

// Weights by which Hierarchical draws a Level-2 group.
const (
	BySize        = "size"        // in proportion to the number of skills in the group
	Uniform       = "uniform"     // all groups equally often
	ByTemperature = "temperature" // by size to the power of 1/Level2Temperature
)

// Spec describes the corpus to write.
type Spec struct {
	Sentences     int     // sentences to write, negatives included; at least 1
	Seed          uint64  // the same seed, options and taxonomy give the same corpus
	Pairing       string  // Hierarchical or Unconstrained
	MinSkills     int     // fewest skills in a sentence that names any; at least 1
	MaxSkills     int     // most skills in a sentence; at least MinSkills, at most 16
	NegativeShare float64 // share of the sentences that name no skill; from 0 to below 1
	Coverage      int     // sentences that every skill gets before any skill gets more
	Language      string  // English (also "") or Chinese, which needs the taxonomy in Chinese
	NoPhrases     bool    // leave out the embedded phrases in which ads name some 450 skills (docs/corpus.md)

	Level2Weights     string  // BySize (also ""), Uniform or ByTemperature; for Hierarchical only
	Level2Temperature float64 // above 0; 1 draws by size, a large value draws all groups equally often; for ByTemperature only
}

// Validate returns an error that names the first option out of its range.
func (o Spec) Validate() error {
	switch {
	case o.Sentences < 1:
		return fmt.Errorf("sentences: want at least 1, got %d", o.Sentences)
	case o.Pairing != Hierarchical && o.Pairing != Unconstrained:
		return fmt.Errorf("pairing: want %q or %q, got %q", Hierarchical, Unconstrained, o.Pairing)
	case o.MinSkills < 1:
		return fmt.Errorf("min skills: want at least 1, got %d", o.MinSkills)
	case o.MaxSkills < o.MinSkills || o.MaxSkills > 16:
		return fmt.Errorf("max skills: want %d to 16, got %d", o.MinSkills, o.MaxSkills)
	case !(o.NegativeShare >= 0 && o.NegativeShare < 1):
		return fmt.Errorf("negative share: want 0 to below 1, got %g", o.NegativeShare)
	case o.Coverage < 0:
		return fmt.Errorf("coverage: want 0 or more, got %d", o.Coverage)
	case o.Language != "" && o.Language != English && o.Language != Chinese:
		return fmt.Errorf("language: want %q or %q, got %q", English, Chinese, o.Language)
	case o.Level2Weights != "" && o.Level2Weights != BySize && o.Level2Weights != Uniform && o.Level2Weights != ByTemperature:
		return fmt.Errorf("level 2 weights: want %q, %q or %q, got %q", BySize, Uniform, ByTemperature, o.Level2Weights)
	case o.Level2Weights == ByTemperature && !(o.Level2Temperature > 0):
		return fmt.Errorf("level 2 temperature: want above 0, got %g", o.Level2Temperature)
	}
	return nil
}

// CheckTaxonomy returns an error if the pairing needs groups of skills and the taxonomy has none. ESCO 1.0 and
// lists without a group path have none.
func (o Spec) CheckTaxonomy(tax *taxonomy.Taxonomy) error {
	if o.Pairing != Hierarchical {
		return nil
	}
	for i := range tax.Skills() {
		if len(tax.Level2(i)) > 0 {
			return nil
		}
	}
	return fmt.Errorf("pairing: %q draws the skills of a sentence from one group of the taxonomy, which has no groups; set pairing=%s", Hierarchical, Unconstrained)
}

// freshAttempts is the number of attempts at a new sentence. After the last one, a repetition is accepted and
// counted.
const freshAttempts = 12

// Generate writes opts.Sentences sentences, passes each to emit and reports what it wrote. It stops at emit's
// error or the context's. Sentences are in random order: skills, groups and negatives are mixed.
func Generate(ctx context.Context, tax *taxonomy.Taxonomy, opts Spec, emit func(corpus.Example) error) (*Statistics, error) {
	if err := opts.Validate(); err != nil {
		return nil, fmt.Errorf("generate corpus: %w", err)
	}
	skills := tax.Skills()
	if len(skills) == 0 {
		return nil, fmt.Errorf("generate corpus: the taxonomy has no skills")
	}
	if err := opts.CheckTaxonomy(tax); err != nil {
		return nil, fmt.Errorf("generate corpus: %w", err)
	}
	rng := rand.New(rand.NewPCG(opts.Seed, 0x5eed5eed))
	phrases, err := opts.phrases()
	if err != nil {
		return nil, fmt.Errorf("generate corpus: %w", err)
	}
	w, err := newWriter(opts.Language, skills, phrases, rng)
	if err != nil {
		return nil, fmt.Errorf("generate corpus: %w", err)
	}
	g := &generator{
		tax: tax, skills: skills, opts: opts, rng: rng, writer: w,
		sampler: newSampler(tax, opts, phrases, rng), tally: NewTally(tax, opts), seen: make(map[uint64]bool, opts.Sentences),
	}
	return g.run(ctx, emit)
}

// writer writes a sentence that names the skills with these indices, or no skill if there are none.
type writer interface {
	Write(skills []int) (template.Draft, error)
}

func newWriter(language string, skills []taxonomy.Skill, phrases english.Phrases, rng *rand.Rand) (writer, error) {
	if language == Chinese {
		return chinese.NewWriter(skills, rng)
	}
	return english.NewWriter(skills, phrases, rng)
}

type generator struct {
	tax     *taxonomy.Taxonomy
	skills  []taxonomy.Skill
	opts    Spec
	rng     *rand.Rand
	writer  writer
	sampler *sampler
	tally   *Tally
	seen    map[uint64]bool
}

func (g *generator) run(ctx context.Context, emit func(corpus.Example) error) (*Statistics, error) {
	negatives := g.opts.negatives(g.opts.Sentences)
	for left := g.opts.Sentences; left > 0; left-- {
		if left%256 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		d := Set{Group: -1}
		if g.rng.IntN(left) < negatives {
			negatives--
		} else {
			d = g.sampler.next()
		}
		s, repeated, err := g.fresh(d.Skills)
		if err != nil {
			return nil, fmt.Errorf("write sentence %d: %w", g.opts.Sentences-left+1, err)
		}
		g.tally.add(d, s, repeated)
		if err := emit(g.example(d, s)); err != nil {
			return nil, err
		}
	}
	return g.tally.Statistics(), nil
}

// fresh writes a sentence that differs from all before it in its letters and digits. After freshAttempts it returns the
// last one, and repeated is true.
func (g *generator) fresh(skills []int) (s template.Draft, repeated bool, err error) {
	for range freshAttempts {
		if s, err = g.writer.Write(skills); err != nil {
			return s, false, err
		}
		key := textKey(s.Text)
		if !g.seen[key] {
			g.seen[key] = true
			return s, false, nil
		}
	}
	return s, true, nil
}

func (g *generator) example(d Set, s template.Draft) corpus.Example {
	e := corpus.Example{Text: s.Text, Skills: make([]string, len(d.Skills)), Writer: WriterTemplate}
	for i, skill := range d.Skills {
		e.Skills[i] = g.skills[skill].URI
	}
	if d.Group >= 0 {
		e.Level2 = g.tax.Groups()[d.Group].URI
	}
	return e
}

// textKey hashes the letters and digits of a text (FNV-1a). Sentences that differ only in case, spaces or punctuation have
// the same key.
func textKey(text string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(text) {
		c := text[i]
		switch {
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		case c < '0' || c > '9' && c < 'a' || c > 'z' && c < 0x80:
			continue
		}
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}
