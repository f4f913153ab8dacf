package quality

import (
	"context"
	"fmt"
	"math"
)

// Embed maps texts to unit vectors of one length. Its encoder must not have been trained on any of the corpora.
type Embed func(ctx context.Context, texts []string) ([][]float32, error)

// Discriminability measures how well the skills of the sampled sentences can be told apart by their frozen
// embeddings. Only sentences that name a skill count. According to arXiv 2601.09119 a corpus should do better if
// the skills of each sentence come from one Level-2 group.
func (c *Corpus) Discriminability(ctx context.Context, embed Embed, seed uint64) ([]Measure, error) {
	named := c.named()
	texts := make([]string, len(named))
	for i, s := range named {
		texts[i] = s.Text
	}
	vectors, err := embed(ctx, texts)
	if err != nil {
		return nil, fmt.Errorf("embed the sample of %s: %w", c.Path, err)
	}
	if len(vectors) != len(texts) {
		return nil, fmt.Errorf("embed the sample of %s: %d vectors for %d sentences", c.Path, len(vectors), len(texts))
	}
	near := cosines(vectors)
	measures := []Measure{gap(named, near)}
	members, classes := c.groups(named)
	if classes < 2 && c.quota != nil {
		return measures, nil // Level has already reported it
	}
	if classes < 2 {
		return nil, fmt.Errorf("discriminability of %s: %d Level-2 groups have %d sampled sentences each, want two groups at least; raise the sample", c.Path, classes, LeastOfGroup)
	}
	measures = append(measures, silhouette(members, classes, near))
	probe, err := macroF1(ctx, vectors, members, classes, seed)
	if err != nil {
		return nil, fmt.Errorf("discriminability of %s: %w", c.Path, err)
	}
	return append(measures, probe), nil
}

// cosines are the dot products of all pairs of unit vectors.
func cosines(vectors [][]float32) [][]float32 {
	near := make([][]float32, len(vectors))
	for i := range near {
		near[i] = make([]float32, len(vectors))
	}
	for i, a := range vectors {
		for j, b := range vectors[:i+1] {
			var sum float32
			for k := range a {
				sum += a[k] * b[k]
			}
			near[i][j], near[j][i] = sum, sum
		}
	}
	return near
}

// gap compares, for each sentence, its mean cosine with sentences that share a skill and with sentences that
// share none.
func gap(named []Sampled, near [][]float32) Measure {
	bySkill := map[int][]int{}
	for i, s := range named {
		for _, skill := range s.Skills {
			bySkill[skill] = append(bySkill[skill], i)
		}
	}
	var units []ratio
	for i, s := range named {
		shared := map[int]bool{i: true}
		for _, skill := range s.Skills {
			for _, j := range bySkill[skill] {
				shared[j] = true
			}
		}
		if len(shared) == 1 || len(shared) == len(named) {
			continue
		}
		var within, between float64
		for j, v := range near[i] {
			switch {
			case j == i:
			case shared[j]:
				within += float64(v)
			default:
				between += float64(v)
			}
		}
		units = append(units, ratio{within/float64(len(shared)-1) - between/float64(len(named)-len(shared)), 1})
	}
	return quotient("skill_gap", "Within minus between skills",
		"mean cosine of two sentences that share a skill, minus that of two that share none", Higher, units, nil)
}

// silhouette is Rousseeuw's (1987) by Level-2 group. The distance is one minus the cosine.
func silhouette(members []int, classes int, near [][]float32) Measure {
	sizes := make([]int, classes)
	for _, m := range members {
		if m >= 0 {
			sizes[m]++
		}
	}
	var units []ratio
	for i, m := range members {
		if m < 0 {
			continue
		}
		sums := make([]float64, classes)
		for j, other := range members {
			if other >= 0 && j != i {
				sums[other] += 1 - float64(near[i][j])
			}
		}
		own, nearest := sums[m]/float64(sizes[m]-1), math.Inf(1)
		for class, sum := range sums {
			if class != m {
				nearest = min(nearest, sum/float64(sizes[class]))
			}
		}
		units = append(units, ratio{(nearest - own) / math.Max(max(nearest, own), 1e-12), 1})
	}
	return quotient("silhouette", "Silhouette", "of the Level-2 groups, by cosine distance", Higher, units, nil)
}
