package train

import "math"

// Schedule scales the learning rate: a linear warm-up, then constant, or linear or cosine decay to zero.
type Schedule struct {
	Kind        string // "constant", "linear" or "cosine"
	WarmupRatio float64
	PerEpoch    bool // whether it starts again with every epoch, warm-up included
}

// place is a 0-based step among all of a run or of an epoch.
type place struct{ step, of int }

// factor returns the scale of a step that stands so in its run and in its epoch.
func (s Schedule) factor(run, epoch place) float64 {
	at := run
	if s.PerEpoch {
		at = epoch
	}
	warmup := int(math.Ceil(s.WarmupRatio * float64(at.of)))
	if at.step < warmup {
		return float64(at.step+1) / float64(warmup+1)
	}
	progress := float64(at.step-warmup) / float64(max(at.of-warmup, 1))
	switch s.Kind {
	case "linear":
		return 1 - progress
	case "cosine":
		return 0.5 * (1 + math.Cos(math.Pi*progress))
	default:
		return 1
	}
}
