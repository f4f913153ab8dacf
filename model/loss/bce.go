package loss

import "skillspace/internal/libtorch"

func init() { BinaryLosses.Register("bce", func() Binary { return &BCE{} }) }

// BCE is the mean binary cross-entropy of the logits against the targets.
type BCE struct{}

// Terms returns the loss as one term.
func (BCE) Terms(labels Labels) ([]Term[Logits], error) {
	return []Term[Logits]{func(s *libtorch.Scope, logits Logits) libtorch.Tensor {
		targetsB, weight := labels.tensors(s, logits.Device)
		return s.WeightedBCE(logits.B, targetsB, weight)
	}}, nil
}
