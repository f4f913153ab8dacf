package synthesis

import (
	"fmt"
	"math/rand/v2"

	"skillspace/data/synthesis/english"
	"skillspace/data/taxonomy"
)

// Plan draws the skills of each of opts.Sentences sentences for a writer other than the embedded one. Sentences
// without a skill are spread evenly. A longer plan begins with the same sets, so a corpus can grow.
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

// phrases returns the embedded phrases, or none if opts leaves them out.
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
