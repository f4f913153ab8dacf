package train

import "math"

// Schedule scales the learning rate over a run: a linear warm-up, then constant, or linear or cosine decay to zero.
type Schedule struct {
	Kind        string // "constant", "linear" or "cosine"
	WarmupRatio float64
}

// Factor returns the scale of the 0-based step among total steps.
func (s Schedule) Factor(step, total int) float64 {
	warmup := int(math.Ceil(s.WarmupRatio * float64(total)))
	if step < warmup {
		return float64(step+1) / float64(warmup+1)
	}
	progress := float64(step-warmup) / float64(max(total-warmup, 1))
	switch s.Kind {
	case "linear":
		return 1 - progress
	case "cosine":
		return 0.5 * (1 + math.Cos(math.Pi*progress))
	default:
		return 1
	}
}
