package lexical

import (
	"math"
	"slices"
)

// TermCount is a term of a text with its number of occurrences.
type TermCount struct {
	Term  int32
	Count int
}

// Count counts equal terms. Its result is in ascending order, so that sums over a text always run in the same
// order. It overwrites its argument.
func Count(terms []int32) []TermCount {
	slices.Sort(terms)
	var list []TermCount
	for _, term := range terms {
		if n := len(list); n > 0 && list[n-1].Term == term {
			list[n-1].Count++
			continue
		}
		list = append(list, TermCount{term, 1})
	}
	return list
}

// IDF returns the inverse document frequency of a term that holding of n documents have, as scikit-learn's
// TfidfVectorizer defines it: ln((1+n)/(1+holding)) + 1.
func IDF(n, holding int) float32 { return float32(math.Log(float64(1+n)/float64(1+holding)) + 1) }

// Unit returns the components of a text's unit vector under sublinear TF-IDF, in the order of its terms: (1 + ln tf)
// times the term's IDF. All components are 0 if no term is known.
func Unit(vector []TermCount, idfT []float32) []float32 {
	weights := make([]float64, len(vector))
	square := 0.0
	for i, tc := range vector {
		weights[i] = (1 + math.Log(float64(tc.Count))) * float64(idfT[tc.Term])
		square += weights[i] * weights[i]
	}
	unit := make([]float32, len(vector))
	for i, w := range weights {
		if square > 0 {
			unit[i] = float32(w / math.Sqrt(square))
		}
	}
	return unit
}
