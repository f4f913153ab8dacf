package loss

import (
	"fmt"
	"slices"

	"skillspace/internal/libtorch"
)

// Pairing says which of a batch's distinct skills each sentence names. Every skill has one column, so a skill that several
// sentences name is a positive of all of them and never a negative.
type Pairing struct {
	Skills   int     // columns of the score matrix; its rows are the sentences
	Positive [][]int // for each sentence the columns that it names, at least one. A column that no sentence names is a hard negative
	Ignored  [][]int // for each sentence further columns that are no negatives of it; nil for none
}

// check returns an error for a column that is out of bounds or named twice by a sentence.
func (p Pairing) check() error {
	if len(p.Positive) == 0 || p.Skills < 1 || (p.Ignored != nil && len(p.Ignored) != len(p.Positive)) {
		return fmt.Errorf("pairing: %d sentences, %d skills, ignored skills of %d sentences", len(p.Positive), p.Skills, len(p.Ignored))
	}
	seen := make([]int, p.Skills) // for each column, 1 + the last row that named it
	for row, positive := range p.Positive {
		if len(positive) == 0 {
			return fmt.Errorf("pairing: sentence %d names no skill", row)
		}
		for _, list := range [][]int{positive, p.ignored(row)} {
			for _, column := range list {
				if column < 0 || column >= p.Skills || seen[column] == row+1 {
					return fmt.Errorf("pairing: sentence %d has column %d of %d twice or outside", row, column, p.Skills)
				}
				seen[column] = row + 1
			}
		}
	}
	return nil
}

func (p Pairing) ignored(row int) []int {
	if p.Ignored == nil {
		return nil
	}
	return p.Ignored[row]
}

// named says whether any row from from to to-1 has a positive.
func (p Pairing) named(from, to int) bool {
	return slices.ContainsFunc(p.Positive[from:to], func(positive []int) bool { return len(positive) > 0 })
}

// transposed is the pairing with skills as rows and sentences as columns. A skill that no sentence names has no positive.
func (p Pairing) transposed() Pairing {
	t := Pairing{Skills: len(p.Positive), Positive: flip(p.Positive, p.Skills)}
	if p.Ignored != nil {
		t.Ignored = flip(p.Ignored, p.Skills)
	}
	return t
}

func flip(columns [][]int, n int) [][]int {
	rows := make([][]int, n)
	for row, list := range columns {
		for _, column := range list {
			rows[column] = append(rows[column], row)
		}
	}
	return rows
}

// Reordered is the pairing with row i taken from rows[i] and column j from columns[j], both permutations.
func (p Pairing) Reordered(rows, columns []int) Pairing {
	place := make([]int, len(columns)) // old column -> new
	for to, from := range columns {
		place[from] = to
	}
	move := func(lists [][]int) [][]int {
		moved := make([][]int, len(lists))
		for to, from := range rows {
			for _, column := range lists[from] {
				moved[to] = append(moved[to], place[column])
			}
		}
		return moved
	}
	r := Pairing{Skills: p.Skills, Positive: move(p.Positive)}
	if p.Ignored != nil {
		r.Ignored = move(p.Ignored)
	}
	return r
}

// scoreBlock bounds the scores of one term: 16 MB a matrix. Batches of up to two thousand sentences are one term per direction.
const scoreBlock = 1 << 22

// rowBlocks splits rows into consecutive blocks whose score matrices have at most elements entries. It calls each with their bounds.
func rowBlocks(rows, columns, elements int, each func(from, to int)) {
	n := max(elements/columns, 1)
	for from := 0; from < rows; from += n {
		each(from, min(from+n, rows))
	}
}

// positives lists the positives of rows from to to-1: each one's row within the block, its place in the block's flat score
// matrix and its share of its row, 1 / the row's positives.
func (p Pairing) positives(from, to int) (row, place []int64, share []float32) {
	for i, positive := range p.Positive[from:to] {
		for _, column := range positive {
			row, place = append(row, int64(i)), append(place, int64(i*p.Skills+column))
			share = append(share, 1/float32(len(positive)))
		}
	}
	return row, place, share
}

// block fills a [to-from, Skills] tensor on device with negative, and with other at positives and ignored columns.
func (p Pairing) block(s *libtorch.Scope, from, to int, device libtorch.Device, negative, other float32) libtorch.Tensor {
	values := make([]float32, (to-from)*p.Skills)
	if negative != 0 {
		for i := range values {
			values[i] = negative
		}
	}
	for row := from; row < to; row++ {
		start := (row - from) * p.Skills
		for _, column := range p.Positive[row] {
			values[start+column] = other
		}
		for _, column := range p.ignored(row) {
			values[start+column] = other
		}
	}
	return s.ToDevice(s.Float32s(values, int64(to-from), int64(p.Skills)), device)
}
