package model

import (
	"skillspace/internal/libtorch"
)

// Term is a part of a contrastive loss, over some rows of the score matrix: from all embeddings sentencesBD and skillsSD,
// unit vectors, to one element, all Float32. A loss is the sum of its terms, so that who runs a term's backward pass
// before the next term needs memory for one of them only.
type Term func(s *libtorch.Scope, sentencesBD, skillsSD libtorch.Tensor) libtorch.Tensor

// Total adds up a loss's terms.
func Total(s *libtorch.Scope, terms []Term, sentencesBD, skillsSD libtorch.Tensor) libtorch.Tensor {
	total := terms[0](s, sentencesBD, skillsSD)
	for _, term := range terms[1:] {
		total = s.Add(total, term(s, sentencesBD, skillsSD))
	}
	return total
}

// scoreBlock bounds the scores of one term: 16 MB a matrix. Batches of up to two thousand sentences are one term a direction.
const scoreBlock = 1 << 22

// rowBlocks calls each with the borders of consecutive runs of rows, so that a run's score matrix keeps within elements.
func rowBlocks(rows, columns, elements int, each func(from, to int)) {
	n := max(elements/columns, 1)
	for from := 0; from < rows; from += n {
		each(from, min(from+n, rows))
	}
}

// InfoNCE is the in-batch contrastive loss with several positives a sentence (after van den Oord et al., arXiv 1807.03748):
// for each positive pair, -log of its share of exp(score) against the sentence's negatives alone; other positives are
// left out. Averaged over a sentence's positives, then over sentences; symmetric adds the view of the skills that have one, and halves.
// logitScale [1] is the logarithm of 1/temperature, Float32 on device like the embeddings.
func InfoNCE(pairing Pairing, logitScale libtorch.Tensor, symmetric bool, device libtorch.Device) ([]Term, error) {
	return infoNCE(pairing, logitScale, symmetric, device, scoreBlock)
}

func infoNCE(pairing Pairing, logitScale libtorch.Tensor, symmetric bool, device libtorch.Device, elements int) ([]Term, error) {
	if err := pairing.check(); err != nil {
		return nil, err
	}
	weight := 1.0
	if symmetric {
		weight = 0.5
	}
	var terms []Term
	rowBlocks(len(pairing.Positive), pairing.Skills, elements, func(from, to int) {
		terms = append(terms, func(s *libtorch.Scope, sentencesBD, skillsSD libtorch.Tensor) libtorch.Tensor {
			return pairing.nce(s, sentencesBD, skillsSD, logitScale, weight, from, to, device)
		})
	})
	if !symmetric {
		return terms, nil
	}
	skills := pairing.transposed()
	rowBlocks(pairing.Skills, len(pairing.Positive), elements, func(from, to int) {
		if !skills.named(from, to) {
			return
		}
		terms = append(terms, func(s *libtorch.Scope, sentencesBD, skillsSD libtorch.Tensor) libtorch.Tensor {
			return skills.nce(s, skillsSD, sentencesBD, logitScale, weight, from, to, device)
		})
	})
	return terms, nil
}

// nce is weight times the mean of InfoNCE over the rows that have a positive, as far as rows from to to-1 contribute to it.
func (p Pairing) nce(s *libtorch.Scope, rowsRD, columnsCD, logitScale libtorch.Tensor, weight float64, from, to int, device libtorch.Device) libtorch.Tensor {
	with := 0
	for row := range p.Positive {
		if p.named(row, row+1) {
			with++
		}
	}
	n := int64(to - from)
	scoresNC := s.Mul(s.MatMul(s.Narrow(rowsRD, 0, int64(from), n), s.Transpose(columnsCD, 0, 1)), s.Exp(logitScale))
	// maskValue removes a positive from its own denominator, and stays finite where a row has no negative at all.
	negativesN1 := s.LogSumExp(s.Add(scoresNC, p.block(s, from, to, device, 0, maskValue)), 1)
	rowP, placeP, shareP := p.pairs(from, to)
	for i := range shareP {
		shareP[i] *= float32(weight / float64(with))
	}
	pairs := int64(len(rowP))
	positiveP1 := s.Rows(s.Reshape(scoresNC, -1, 1), s.ToDevice(s.Int64s(placeP, pairs), device))
	againstP1 := s.Rows(negativesN1, s.ToDevice(s.Int64s(rowP, pairs), device))
	share := s.ToDevice(s.Float32s(shareP, pairs, 1), device)
	return s.Sum(s.Mul(s.Softplus(s.Sub(againstP1, positiveP1)), share))
}

// MarginLoss is the mean over (sentence i, positive p, in-batch negative n) of max(0, margin - cos(i,p) + cos(i,n)).
// A batch without a single negative has loss 0.
func MarginLoss(pairing Pairing, margin float64, device libtorch.Device) ([]Term, error) {
	if err := pairing.check(); err != nil {
		return nil, err
	}
	triples := 0
	for row, positive := range pairing.Positive {
		triples += len(positive) * (pairing.Skills - len(positive) - len(pairing.ignored(row)))
	}
	weight := 1 / float64(max(triples, 1))
	var terms []Term
	rowBlocks(len(pairing.Positive), pairing.Skills, scoreBlock/4, func(from, to int) { // a row has several positives
		terms = append(terms, func(s *libtorch.Scope, sentencesBD, skillsSD libtorch.Tensor) libtorch.Tensor {
			return s.Scale(pairing.hinges(s, sentencesBD, skillsSD, margin, from, to, device), weight)
		})
	})
	return terms, nil
}

// hinges sums the margin loss's terms of rows from to to-1.
func (p Pairing) hinges(s *libtorch.Scope, sentencesBD, skillsSD libtorch.Tensor, margin float64, from, to int, device libtorch.Device) libtorch.Tensor {
	cosNS := s.MatMul(s.Narrow(sentencesBD, 0, int64(from), int64(to-from)), s.Transpose(skillsSD, 0, 1))
	rowP, placeP, _ := p.pairs(from, to)
	pairs := int64(len(rowP))
	row := s.ToDevice(s.Int64s(rowP, pairs), device)
	positiveP1 := s.Rows(s.Reshape(cosNS, -1, 1), s.ToDevice(s.Int64s(placeP, pairs), device))
	hingePS := s.Relu(s.AddScalar(s.Sub(s.Rows(cosNS, row), positiveP1), margin))
	return s.Sum(s.Mul(hingePS, s.Rows(p.block(s, from, to, device, 1, 0), row)))
}

// pairs lists the positives of rows from to to-1: each one's row within the block, its place in the block's flat score
// matrix and its share of its row, 1 / the row's positives.
func (p Pairing) pairs(from, to int) (row, place []int64, share []float32) {
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
