package extract

import (
	"fmt"

	"skillspace/internal/libtorch"
)

// blockRows is what a matrix product works on at least, if there are so many: a product has a cost of its own, and its result should not be much
// larger than the processor's caches.
const blockRows = 16 << 10

// block is groups whose rows are multiplied at once.
type block struct {
	groups []group
	rowsDV libtorch.Tensor
}

// scorer is an index's rows in libtorch's memory, in one precision on one device, ready for products.
type scorer struct {
	scope  *libtorch.Scope
	blocks []block
	skills []int32 // of all groups, one after the other
	device libtorch.Device
	dtype  libtorch.DType
}

func newScorer(x *Index, device libtorch.Device, dtype libtorch.DType) (*scorer, error) {
	r := &scorer{scope: libtorch.NewScope(), device: device, dtype: dtype}
	var rows []int32
	var waiting []group
	finish := func() error {
		b := block{groups: waiting}
		err := libtorch.Do(func(s *libtorch.Scope) error {
			b.rowsDV = s.Move(s.Transpose(r.tensor(s, x.gather(rows), x.vectors.Dimension), 0, 1), r.scope)
			return s.Err()
		})
		r.blocks, rows, waiting = append(r.blocks, b), nil, nil
		return err
	}
	for _, g := range x.groups() {
		g.start = len(rows)
		rows, g.rows = append(rows, g.rows...), nil
		waiting, r.skills = append(waiting, g), append(r.skills, g.skills...)
		if len(rows) < blockRows {
			continue
		}
		if err := finish(); err != nil {
			r.close()
			return nil, fmt.Errorf("hold skill index: %w", err)
		}
	}
	if len(waiting) > 0 {
		if err := finish(); err != nil {
			r.close()
			return nil, fmt.Errorf("hold skill index: %w", err)
		}
	}
	return r, nil
}

func (r *scorer) close() { r.scope.Close() }

// gather copies rows of the index.
func (x *Index) gather(rows []int32) []float32 {
	data := make([]float32, 0, len(rows)*x.vectors.Dimension)
	for _, row := range rows {
		data = append(data, x.vectors.Row(int(row))...)
	}
	return data
}

// tensor copies vectors to where, and as what, products are computed.
func (r *scorer) tensor(s *libtorch.Scope, data []float32, dimension int) libtorch.Tensor {
	return s.To(s.ToDevice(s.Float32s(data, int64(len(data)/dimension), int64(dimension)), r.device), r.dtype)
}

// score returns queries' scores with the skills of all groups, in the groups' order, row after row.
func (r *scorer) score(data []float32, dimension int) (scores []float32, err error) {
	if len(r.blocks) == 0 {
		return nil, nil
	}
	queries := int64(len(data) / dimension)
	err = libtorch.Do(func(s *libtorch.Scope) (err error) {
		queriesQD := r.tensor(s, data, dimension)
		var parts []libtorch.Tensor
		for i := range r.blocks {
			s.Within(func(in *libtorch.Scope) {
				product := in.MatMul(queriesQD, r.blocks[i].rowsDV)
				for k := range r.blocks[i].groups {
					part := r.blocks[i].groups[k].score(in, product, queries)
					parts = append(parts, in.Move(part, s))
				}
			})
		}
		scoresQS := s.Cat(1, parts...)
		if err := s.Err(); err != nil {
			return err
		}
		scores, err = scoresQS.Float32s()
		return err
	})
	return scores, err
}
