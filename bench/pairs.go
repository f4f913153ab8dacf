package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"

	"skillspace/data/corpus"
	"skillspace/data/synthesis"
	"skillspace/data/taxonomy"
)

// pair is what one training example is on every side: a sentence and the text of one skill that it names.
type pair struct {
	Anchor   string `json:"anchor"`
	Positive string `json:"positive"`
}

// labelShare is how often a skill stands by its preferred label; else it stands by an alternative one. Descriptions, which
// train-biencoder draws too, are left out: a batch that pads its few long ones would make the peer slower than its users know it.
const labelShare = 0.7

// writePairs writes n template sentences from the taxonomy, the same for the same seed, each with one of its skills' texts.
func writePairs(ctx context.Context, t *taxonomy.Taxonomy, n int, seed uint64) ([]pair, error) {
	random := rand.New(rand.NewPCG(seed, 0))
	pairs := make([]pair, 0, n)
	_, err := synthesis.Generate(ctx, t, synthesis.Spec{
		Sentences: n, Seed: seed, Pairing: synthesis.Hierarchical, MinSkills: 1, MaxSkills: 4,
	}, func(e corpus.Example) error {
		skill, known := t.Index(e.Skills[random.IntN(len(e.Skills))])
		if !known {
			return fmt.Errorf("skill %s is not in the taxonomy", e.Skills)
		}
		pairs = append(pairs, pair{e.Text, skillText(&t.Skills()[skill], random)})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("write the corpus of the benchmark: %w", err)
	}
	return pairs, nil
}

func skillText(s *taxonomy.Skill, random *rand.Rand) string {
	text := s.PreferredLabel
	if random.Float64() >= labelShare && len(s.AltLabels) > 0 {
		text = s.AltLabels[random.IntN(len(s.AltLabels))]
	}
	return strings.Join(strings.Fields(text), " ") // a label of a taxonomy's file is one line
}

// sample draws n of the pairs without repetition, the same for the same seed.
func sample(pairs []pair, n int, seed uint64) []pair {
	drawn := make([]pair, n)
	for i, from := range rand.New(rand.NewPCG(seed, 1)).Perm(len(pairs))[:n] {
		drawn[i] = pairs[from]
	}
	return drawn
}

// lengthen joins pairs until both texts have at least words words, so that a trainer that cuts at that many tokens gets exactly
// that many: a word is one token or more.
func lengthen(pairs []pair, words, n int) []pair {
	long := make([]pair, n)
	next := 0
	grow := func(text func(p pair) string) string {
		var b strings.Builder
		for have := 0; have < words; next++ {
			part := text(pairs[next%len(pairs)])
			b.WriteString(part + " ")
			have += len(strings.Fields(part))
		}
		return strings.TrimSpace(b.String())
	}
	for i := range long {
		long[i].Anchor = grow(func(p pair) string { return p.Anchor })
		long[i].Positive = grow(func(p pair) string { return p.Positive })
	}
	return long
}

// firstFolder returns the first of the folders that exists, else the last.
func firstFolder(folders ...string) string {
	for _, folder := range folders {
		if info, err := os.Stat(folder); err == nil && info.IsDir() {
			return folder
		}
	}
	return folders[len(folders)-1]
}
