package quality

import (
	"context"
	"fmt"
	"math/rand/v2"
)

// folds is the number of parts of the sentences. Each part is tested by a probe that was trained on the others.
const folds = 5

// macroF1 tests linear probes for the Level-2 group by cross-validation. Each group has the same share in every
// fold. The interval is over the tested sentences. The probes are not retrained for it.
func macroF1(ctx context.Context, vectors [][]float32, members []int, classes int, seed uint64) (Measure, error) {
	parts := split(members, classes, seed)
	var test, guesses []int
	for k, part := range parts {
		var train []int
		for other := range parts {
			if other != k {
				train = append(train, parts[other]...)
			}
		}
		p, err := trainProbe(ctx, vectors, members, train, classes)
		if err != nil {
			return Measure{}, err
		}
		for _, i := range part {
			test, guesses = append(test, i), append(guesses, p.guess(vectors[i]))
		}
	}
	value := func(counts []int32) float64 {
		right, guessed, there := make([]float64, classes), make([]float64, classes), make([]float64, classes)
		for k, i := range test {
			n := 1.0
			if counts != nil {
				n = float64(counts[k])
			}
			guessed[guesses[k]] += n
			there[members[i]] += n
			if guesses[k] == members[i] {
				right[members[i]] += n
			}
		}
		sum, present := 0.0, 0
		for class := range there {
			if there[class] > 0 {
				present++
				sum += 2 * right[class] / (guessed[class] + there[class])
			}
		}
		return sum / float64(present)
	}
	return Measure{Name: "probe_f1", Title: "Linear probe, macro-F1", units: len(test), value: value, Goal: Higher,
		Note: fmt.Sprintf("logistic regression on the embeddings for the Level-2 group, each of %d sentences of %d groups held out once (%d folds)", len(test), classes, folds)}, nil
}

// split distributes the sentences of every group over the folds in rotation.
func split(members []int, classes int, seed uint64) (parts [folds][]int) {
	byClass := make([][]int, classes)
	for i, m := range members {
		if m >= 0 {
			byClass[m] = append(byClass[m], i)
		}
	}
	random, next := rand.New(rand.NewPCG(seed, 0x9106e)), 0
	for _, list := range byClass {
		random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		for _, i := range list {
			parts[next%folds] = append(parts[next%folds], i)
			next++
		}
	}
	return parts
}
