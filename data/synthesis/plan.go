package synthesis

import (
	"fmt"
	"math/rand/v2"

	"skillspace/data/synthesis/english"
	"skillspace/data/taxonomy"
)

// Plan draws what each of opts.Sentences sentences is to name, for a writer that is not the embedded one. The sentences that name
// no skill lie evenly between the others. A plan of more sentences begins with the same sets, so that a corpus can grow.
func Plan(tax *taxonomy.Taxonomy, opts Spec) ([]Set, error) {
	if err := opts.Validate(); err != nil {
		return nil, fmt.Errorf("plan corpus: %w", err)
	}
	if len(tax.Skills()) == 0 {
		return nil, fmt.Errorf("plan corpus: the taxonomy has no skills")
	}
	phrases, err := opts.phrases()
	if err != nil {
		return nil, fmt.Errorf("plan corpus: %w", err)
	}
	s := newSampler(tax, opts, phrases, rand.New(rand.NewPCG(opts.Seed, 0x9a75)))
	sets := make([]Set, opts.Sentences)
	for i := range sets {
		if opts.negatives(i+1) > opts.negatives(i) {
			sets[i] = Set{Group: -1}
		} else {
			sets[i] = s.next()
		}
	}
	return sets, nil
}

// negatives returns the number of sentences that name no skill, out of the given number.
func (o Spec) negatives(sentences int) int { return int(o.NegativeShare*float64(sentences) + 0.5) }

// phrases returns the embedded phrases, or none where they are left out.
func (o Spec) phrases() (english.Phrases, error) {
	if o.NoPhrases {
		return nil, nil
	}
	phrases, err := english.LoadPhrases()
	if err != nil {
		return nil, fmt.Errorf("read the embedded phrases: %w", err)
	}
	return phrases, nil
}
