package loss

import "skillspace/internal/libtorch"

func init() { ContrastiveLosses.Register("infonce", func() Contrastive { return &InfoNCE{} }) }

// InfoNCE is the in-batch contrastive loss with several positives a sentence (after van den Oord et al., arXiv 1807.03748).
// The loss of a positive pair is -log of its share of exp(score) among itself and the sentence's negatives; the sentence's
// other positives are left out. The loss of a sentence is the mean over its positives, that of a batch the mean over sentences.
type InfoNCE struct {
	Symmetric bool `setting:"symmetric"` // averages it with the same loss seen from the skills that have a positive
}

// Terms returns the loss as one term per block of score rows.
func (l *InfoNCE) Terms(pairing Pairing) ([]Term[Embeddings], error) {
	return l.terms(pairing, scoreBlock)
}

func (l *InfoNCE) terms(pairing Pairing, elements int) ([]Term[Embeddings], error) {
	if err := pairing.check(); err != nil {
		return nil, err
	}
	weight := 1.0
	if l.Symmetric {
		weight = 0.5
	}
	var terms []Term[Embeddings]
	rowBlocks(len(pairing.Positive), pairing.Skills, elements, func(from, to int) {
		terms = append(terms, func(s *libtorch.Scope, e Embeddings) libtorch.Tensor {
			return pairing.nce(s, e.SentencesBD, e.SkillsSD, e, weight, from, to)
		})
	})
	if !l.Symmetric {
		return terms, nil
	}
	skills := pairing.transposed()
	rowBlocks(pairing.Skills, len(pairing.Positive), elements, func(from, to int) {
		if !skills.named(from, to) {
			return
		}
		terms = append(terms, func(s *libtorch.Scope, e Embeddings) libtorch.Tensor {
			return skills.nce(s, e.SkillsSD, e.SentencesBD, e, weight, from, to)
		})
	})
	return terms, nil
}

// leftOut is added to the score of a positive in a denominator that must not count it: far below any score, and finite, so
// that a row without any negative has a finite loss.
const leftOut = -1e30

// nce returns the contribution of rows from to to-1 to weight times the mean of InfoNCE over all rows that have a positive.
func (p Pairing) nce(s *libtorch.Scope, rowsRD, columnsCD libtorch.Tensor, e Embeddings, weight float64, from, to int) libtorch.Tensor {
	with := 0
	for row := range p.Positive {
		if p.named(row, row+1) {
			with++
		}
	}
	n := int64(to - from)
	scoresNC := s.Mul(s.MatMul(s.Narrow(rowsRD, 0, int64(from), n), s.Transpose(columnsCD, 0, 1)), s.Exp(e.LogitScale))
	negativesN1 := s.LogSumExp(s.Add(scoresNC, p.block(s, from, to, e.Device, 0, leftOut)), 1)
	rowP, placeP, shareP := p.positives(from, to)
	for i := range shareP {
		shareP[i] *= float32(weight / float64(with))
	}
	count := int64(len(rowP))
	positiveP1 := s.Rows(s.Reshape(scoresNC, -1, 1), s.ToDevice(s.Int64s(placeP, count), e.Device))
	againstP1 := s.Rows(negativesN1, s.ToDevice(s.Int64s(rowP, count), e.Device))
	shareP1 := s.ToDevice(s.Float32s(shareP, count, 1), e.Device)
	return s.Sum(s.Mul(s.Softplus(s.Sub(againstP1, positiveP1)), shareP1))
}
