package model

import (
	"fmt"

	"skillspace/internal/libtorch"
)

// Pairing tells which of a batch's distinct skills each sentence names. As every skill occurs once, an equal skill
// elsewhere in the batch is a positive there too and never a negative.
type Pairing struct {
	Sentences, Skills int
	Positive          []bool // [Sentences × Skills], row-major; every sentence has at least one. A skill with none is a hard negative
}

// InfoNCE is the in-batch contrastive loss with several positives a sentence (after van den Oord et al., arXiv 1807.03748):
// for each positive pair, -log of its share of exp(score) against the sentence's negatives alone; other positives are
// left out. Averaged over a sentence's positives, then over sentences; symmetric adds the view of the skills that have one, and halves.
// sentencesBD and skillsSD are unit vectors, logitScale [1] the logarithm of 1/temperature; all Float32 on device.
// The result has one element.
func InfoNCE(s *libtorch.Scope, sentencesBD, skillsSD, logitScale libtorch.Tensor, pairing Pairing, symmetric bool, device libtorch.Device) libtorch.Tensor {
	if err := pairing.check(); err != nil {
		s.Fail(err)
		return libtorch.Tensor{}
	}
	scoresBS := s.Mul(s.MatMul(sentencesBD, s.Transpose(skillsSD, 0, 1)), s.Exp(logitScale))
	// maskValue removes a positive from its own denominator, and stays finite where a row has no negative at all.
	negativesBS := s.Add(scoresBS, pairing.tensor(s, device, func(positive bool, _, _ int) float32 {
		if positive {
			return maskValue
		}
		return 0
	}))
	directed := func(dim int64, share func(row, column int) int) libtorch.Tensor {
		terms := s.Softplus(s.Sub(s.LogSumExp(negativesBS, dim), scoresBS))
		return s.Sum(s.Mul(terms, pairing.tensor(s, device, func(positive bool, row, column int) float32 {
			if positive {
				return 1 / float32(share(row, column))
			}
			return 0
		})))
	}
	rows, columns := pairing.counts()
	loss := directed(1, func(row, _ int) int { return rows[row] * pairing.Sentences })
	if symmetric {
		named := 0
		for _, positives := range columns {
			named += min(positives, 1)
		}
		other := directed(0, func(_, column int) int { return columns[column] * named })
		loss = s.Scale(s.Add(loss, other), 0.5)
	}
	return loss
}

// MarginLoss is the mean over (sentence i, positive p, in-batch negative n) of max(0, margin - cos(i,p) + cos(i,n)).
// Shapes and types as for [InfoNCE]. A batch without a single negative has loss 0.
func MarginLoss(s *libtorch.Scope, sentencesBD, skillsSD libtorch.Tensor, pairing Pairing, margin float64, device libtorch.Device) libtorch.Tensor {
	if err := pairing.check(); err != nil {
		s.Fail(err)
		return libtorch.Tensor{}
	}
	b, k := int64(pairing.Sentences), int64(pairing.Skills)
	cosBS := s.MatMul(sentencesBD, s.Transpose(skillsSD, 0, 1))
	positive := pairing.tensor(s, device, func(positive bool, _, _ int) float32 { return indicator(positive) })
	negative := pairing.tensor(s, device, func(positive bool, _, _ int) float32 { return indicator(!positive) })
	rows, _ := pairing.counts()
	triples := 0
	for _, positives := range rows {
		triples += positives * (pairing.Skills - positives)
	}
	hingeBSS := s.Relu(s.Shift(s.Sub(s.Reshape(cosBS, b, 1, k), s.Reshape(cosBS, b, k, 1)), margin))
	chosenBSS := s.Mul(s.Reshape(positive, b, k, 1), s.Reshape(negative, b, 1, k))
	return s.Scale(s.Sum(s.Mul(hingeBSS, chosenBSS)), 1/float64(max(triples, 1)))
}

func indicator(b bool) float32 {
	if b {
		return 1
	}
	return 0
}

func (p Pairing) check() error {
	if len(p.Positive) != p.Sentences*p.Skills || len(p.Positive) == 0 {
		return fmt.Errorf("pairing: %d entries for %d sentences and %d skills", len(p.Positive), p.Sentences, p.Skills)
	}
	rows, _ := p.counts()
	for i, n := range rows {
		if n == 0 {
			return fmt.Errorf("pairing: sentence %d names no skill", i)
		}
	}
	return nil
}

// counts returns the positives of each sentence and of each skill.
func (p Pairing) counts() (rows, columns []int) {
	rows, columns = make([]int, p.Sentences), make([]int, p.Skills)
	for i, positive := range p.Positive {
		if positive {
			rows[i/p.Skills]++
			columns[i%p.Skills]++
		}
	}
	return rows, columns
}

// tensor fills a [Sentences, Skills] tensor on device from each pair.
func (p Pairing) tensor(s *libtorch.Scope, device libtorch.Device, value func(positive bool, row, column int) float32) libtorch.Tensor {
	values := make([]float32, len(p.Positive))
	for i, positive := range p.Positive {
		values[i] = value(positive, i/p.Skills, i%p.Skills)
	}
	return s.ToDevice(s.Float32s(values, int64(p.Sentences), int64(p.Skills)), device)
}
