package train

import (
	"skillspace/internal/libtorch"
)

// division says which rank computes which rows of a batch. Every rank knows the whole batch. It computes its own rows, and the loss
// of all rows over their gathered values. So negatives come from all ranks, and no collective operation is part of a graph.
type division struct {
	world   *libtorch.Group
	own     []int   // this rank's rows. A rank without one computes row 0, because all ranks take part in each operation
	idle    bool    // row 0 is another rank's
	longest int     // rows of the rank that has most
	places  []int64 // for each row of the batch, its place among the gathered rows
}

// divide divides n rows; owners[r] lists rank r's.
func divide(world *libtorch.Group, n int, owners [][]int) *division {
	d := &division{world: world, own: owners[world.Rank()], places: make([]int64, n)}
	if len(d.own) == 0 {
		d.own, d.idle = []int{0}, true
	}
	for _, rows := range owners {
		d.longest = max(d.longest, len(rows))
	}
	for rank, rows := range owners {
		for i, row := range rows {
			d.places[row] = int64(rank*d.longest + i)
		}
	}
	return d
}

// inTurn gives row i to rank i modulo the number of ranks. Rows that are sorted by length are then divided evenly.
func inTurn(world *libtorch.Group, n int) *division {
	owners := make([][]int, world.Size())
	for row := range n {
		owners[row%len(owners)] = append(owners[row%len(owners)], row)
	}
	return divide(world, n, owners)
}

// pick returns this rank's elements of a list with one element a row.
func pick[E any](d *division, all []E) []E {
	own := make([]E, len(d.own))
	for i, row := range d.own {
		own[i] = all[row]
	}
	return own
}

// gather returns the batch's rows [n, D] in their order, as a leaf that takes a gradient. mineRD are this rank's, Float32.
func (d *division) gather(s *libtorch.Scope, mineRD libtorch.Tensor, device libtorch.Device) libtorch.Tensor {
	shape, err := mineRD.Shape()
	if err != nil {
		s.Fail(err)
		return libtorch.Tensor{}
	}
	var leafND libtorch.Tensor
	libtorch.NoGrad(func() {
		if missing := int64(d.longest - len(d.own)); missing > 0 { // all ranks send as many rows
			mineRD = s.Cat(0, mineRD, s.Zeros(libtorch.Float32, device, missing, shape[1]))
		}
		leafND = s.Rows(s.AllGather(d.world, mineRD), s.ToDevice(s.Int64s(d.places, int64(len(d.places))), device))
	})
	if s.Err() == nil {
		s.Fail(libtorch.Parameter(leafND, true))
	}
	return leafND
}

// gradient returns this rank's rows of the gradient of what gather returned: zeros for a rank without rows.
func (d *division) gradient(s *libtorch.Scope, leafND libtorch.Tensor, device libtorch.Device) libtorch.Tensor {
	rows := make([]int64, len(d.own))
	for i, row := range d.own {
		rows[i] = int64(row)
	}
	mineRD := s.Rows(s.Gradient(leafND), s.ToDevice(s.Int64s(rows, int64(len(rows))), device))
	if d.idle {
		return s.ZerosLike(mineRD)
	}
	return mineRD
}

// carried returns the sum of rows times their gradient: its gradient is that of the loss.
func carried(s *libtorch.Scope, rowsRD, gradientRD libtorch.Tensor) libtorch.Tensor {
	return s.Sum(s.Mul(rowsRD, gradientRD))
}
