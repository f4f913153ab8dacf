package index

import (
	"context"
	"fmt"

	"skillspace/embedding"
	"skillspace/internal/libtorch"
)

// blockRows is the minimum number of rows of a block, if the index has that many. Every product has a fixed
// cost, so blocks should be large. A product's result should still fit the processor's caches.
const blockRows = 16 << 10

// block is groups whose rows are multiplied at once.
type block struct {
	groups []group
	rowsDV libtorch.Tensor
}

// scorer is an index's rows in libtorch's memory, in one precision on one device, ready for products.
type scorer struct {
	scope     *libtorch.Scope
	blocks    []block
	skills    []int32 // of all groups, one after the other
	shares    [kinds]float32
	dimension int
	device    libtorch.Device
	dtype     libtorch.DType
}

func newScorer(x *Index, device libtorch.Device, dtype libtorch.DType) (*scorer, error) {
	r := &scorer{scope: libtorch.NewScope(), shares: x.shares, dimension: x.vectors.Dimension, device: device, dtype: dtype}
	var rows []int32
	var waiting []group
	groups := x.groups()
	for i, g := range groups {
		g.start = len(rows)
		rows, g.rows = append(rows, g.rows...), nil
		waiting, r.skills = append(waiting, g), append(r.skills, g.skills...)
		if len(rows) < blockRows && i < len(groups)-1 {
			continue
		}
		if err := r.addBlock(waiting, x.gather(rows)); err != nil {
			r.close()
			return nil, fmt.Errorf("load skill index: %w", err)
		}
		rows, waiting = nil, nil
	}
	return r, nil
}

// addBlock copies the rows of groups to the scorer's device.
func (r *scorer) addBlock(groups []group, data []float32) error {
	b := block{groups: groups}
	err := libtorch.Do(func(s *libtorch.Scope) error {
		b.rowsDV = s.Move(s.Transpose(r.tensor(s, data), 0, 1), r.scope)
		return s.Err()
	})
	r.blocks = append(r.blocks, b)
	return err
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

// tensor copies vectors to the scorer's device, in its precision: [N, D].
func (r *scorer) tensor(s *libtorch.Scope, data []float32) libtorch.Tensor {
	return s.To(s.ToDevice(s.Float32s(data, int64(len(data)/r.dimension), int64(r.dimension)), r.device), r.dtype)
}

// each calls use with each query's scores with the scorer's skills, in their order. The scores are only valid during
// the call.
func (r *scorer) each(ctx context.Context, queries embedding.Vectors, use func(query int, scores []float32)) error {
	for start := 0; start < queries.Len(); start += scoreChunk {
		if err := ctx.Err(); err != nil {
			return err
		}
		end := min(start+scoreChunk, queries.Len())
		scores, err := r.score(queries.Slice(start, end).Data)
		if err != nil {
			return fmt.Errorf("score: %w", err)
		}
		for query := start; query < end; query++ {
			use(query, scores[:len(r.skills)])
			scores = scores[len(r.skills):]
		}
	}
	return nil
}

// score returns queries' scores with the skills of all groups, in the groups' order, row after row.
func (r *scorer) score(data []float32) (scores []float32, err error) {
	if len(r.blocks) == 0 {
		return nil, nil
	}
	queries := int64(len(data) / r.dimension)
	err = libtorch.Do(func(s *libtorch.Scope) (err error) {
		queriesQD := r.tensor(s, data)
		var parts []libtorch.Tensor
		for i := range r.blocks {
			s.Within(func(in *libtorch.Scope) {
				product := in.MatMul(queriesQD, r.blocks[i].rowsDV)
				for k := range r.blocks[i].groups {
					part := r.blocks[i].groups[k].score(in, product, queries, r.shares)
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
