package loss

import "skillspace/internal/libtorch"

func init() { BinaryLosses.Register("focal", func() Binary { return &Focal{Gamma: 2} }) }

// Focal is the focal loss (Lin et al., arXiv 1708.02002): binary cross-entropy in which a sentence counts less the surer the
// model is of its class.
type Focal struct {
	Gamma float64 `setting:"focal_gamma"` // 0 or above; 0 is cross-entropy
}

// Terms returns the loss as one term.
func (l *Focal) Terms(labels Labels) ([]Term[Logits], error) {
	return []Term[Logits]{func(s *libtorch.Scope, logits Logits) libtorch.Tensor {
		targetsB, weight := labels.tensors(s, logits.Device)
		return s.FocalLoss(logits.B, targetsB, weight, l.Gamma)
	}}, nil
}
