package index

import (
	"cmp"
	"slices"

	"skillspace/internal/libtorch"
)

// group holds skills that have the same number of texts of each kind, so that maxima over whole blocks of numbers turn
// the products with their rows into scores. The rows lie kind by kind, and within a kind text by text: every skill's
// first text, then every skill's second.
type group struct {
	skills []int32    // in the taxonomy's order
	texts  [kinds]int // of each skill
	rows   []int32    // of the index, in the order above
	start  int        // of the rows in the group's block
}

// groups divides the index's skills into groups. A skill without any text is in none.
func (x *Index) groups() []group {
	rows := make([][kinds][]int32, len(x.Skills))
	for row, skill := range x.skill {
		of := &rows[skill][x.kind[row]]
		*of = append(*of, int32(row))
	}
	var all []group
	at := map[[kinds]int]int{}
	for skill := range rows {
		var texts [kinds]int
		for k := range texts {
			texts[k] = len(rows[skill][k])
		}
		if texts == [kinds]int{} {
			continue
		}
		i, known := at[texts]
		if !known {
			i = len(all)
			at[texts], all = i, append(all, group{texts: texts})
		}
		all[i].skills = append(all[i].skills, int32(skill))
	}
	for i := range all {
		g := &all[i]
		for k, n := range g.texts {
			for text := range n {
				for _, skill := range g.skills {
					g.rows = append(g.rows, rows[skill][k][text])
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b group) int { return cmp.Compare(a.skills[0], b.skills[0]) })
	return all
}

// score turns the products of the group's block, [Q, V], into the queries' scores with the group's skills, Float32 [Q,
// S]: the mean of each kind's best score over the kinds that the skills have, weighted by the shares.
func (g *group) score(s *libtorch.Scope, productQV libtorch.Tensor, queries int64, shares [kinds]float32) libtorch.Tensor {
	start, skills := int64(g.start), int64(len(g.skills))
	var sum libtorch.Tensor
	var total float64 // of the shares
	for k, n := range g.texts {
		if n == 0 {
			continue
		}
		best := s.Narrow(productQV, 1, start, int64(n)*skills)
		if n > 1 {
			best = s.Max(s.Reshape(best, queries, int64(n), skills), 1)
		}
		best = s.To(best, libtorch.Float32) // the mean is not rounded again
		if shares[k] != 1 {
			best = s.Scale(best, float64(shares[k]))
		}
		if start += int64(n) * skills; total == 0 {
			sum = best
		} else {
			sum = s.Add(sum, best)
		}
		total += float64(shares[k])
	}
	if total == 1 {
		return sum
	}
	return s.Scale(sum, 1/total)
}
