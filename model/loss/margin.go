package loss

import "skillspace/internal/libtorch"

func init() { ContrastiveLosses.Register("margin", func() Contrastive { return &Margin{Margin: 0.5} }) }

// Margin is the mean over (sentence i, positive p, in-batch negative n) of max(0, margin - cos(i,p) + cos(i,n)).
// A batch without a single negative has loss 0.
type Margin struct {
	Margin float64 `setting:"margin"` // distance of cosines from which a negative has loss 0
}

// Unscaled says that the loss has no temperature.
func (*Margin) Unscaled() {}

// Terms returns the loss as one term per block of score rows.
func (l *Margin) Terms(pairing Pairing) ([]Term[Embeddings], error) {
	if err := pairing.check(); err != nil {
		return nil, err
	}
	triples := 0
	for row, positive := range pairing.Positive {
		triples += len(positive) * (pairing.Skills - len(positive) - len(pairing.ignored(row)))
	}
	weight := 1 / float64(max(triples, 1))
	var terms []Term[Embeddings]
	rowBlocks(len(pairing.Positive), pairing.Skills, scoreBlock/4, func(from, to int) { // a row has several positives
		terms = append(terms, func(s *libtorch.Scope, e Embeddings) libtorch.Tensor {
			return s.Scale(pairing.hinges(s, e, l.Margin, from, to), weight)
		})
	})
	return terms, nil
}

// hinges sums the loss's triples of rows from to to-1.
func (p Pairing) hinges(s *libtorch.Scope, e Embeddings, margin float64, from, to int) libtorch.Tensor {
	cosNS := s.MatMul(s.Narrow(e.SentencesBD, 0, int64(from), int64(to-from)), s.Transpose(e.SkillsSD, 0, 1))
	rowP, placeP, _ := p.positives(from, to)
	count := int64(len(rowP))
	row := s.ToDevice(s.Int64s(rowP, count), e.Device)
	positiveP1 := s.Rows(s.Reshape(cosNS, -1, 1), s.ToDevice(s.Int64s(placeP, count), e.Device))
	hingePS := s.Relu(s.AddScalar(s.Sub(s.Rows(cosNS, row), positiveP1), margin))
	return s.Sum(s.Mul(hingePS, s.Rows(p.block(s, from, to, e.Device, 1, 0), row)))
}
