package libtorch

import lib "github.com/sugarme/gotch/libtch"

// WeightedBCE returns the mean binary cross entropy of logits [B] against targets [B] (0 to 1), positives weighted by
// positiveWeight [1], all Float32.
func (s *Scope) WeightedBCE(logits, targets, positiveWeight Tensor) Tensor {
	return s.FocalLoss(logits, targets, positiveWeight, 0)
}

// FocalLoss is [Scope.WeightedBCE] with each class's term weighted by (1-p)^gamma, p being the probability that the logit
// gives to that class (Lin et al., arXiv 1708.02002): what is already right counts less. gamma is 0 or above.
func (s *Scope) FocalLoss(logits, targets, positiveWeight Tensor, gamma float64) Tensor {
	// -(w·y·(1-p)^γ·log p + (1-y)·p^γ·log(1-p)), p = σ(x), with softplus, which cannot overflow: -log σ(x) = softplus(-x),
	// and 1-σ(x) = exp(-softplus(x)).
	toPositive, toNegative := s.Softplus(s.Scale(logits, -1)), s.Softplus(logits)
	positive := s.Mul(s.Mul(targets, positiveWeight), s.focused(toPositive, toNegative, gamma))
	negative := s.Mul(s.AddScalar(s.Scale(targets, -1), 1), s.focused(toNegative, toPositive, gamma))
	return s.mean(s.Add(positive, negative))
}

// focused returns loss·exp(-gamma·opposite), both losses of a logit: against a class and against the other one.
func (s *Scope) focused(loss, opposite Tensor, gamma float64) Tensor {
	if gamma == 0 {
		return loss
	}
	return s.Mul(loss, s.Exp(s.Scale(opposite, -gamma)))
}

func (s *Scope) mean(x Tensor) Tensor {
	return s.unary("mean", x, func(out *lib.Ctensor, x lib.Ctensor) { lib.AtgMean(out, x, int32(Float32)) })
}
