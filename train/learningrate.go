package train

import (
	"math"
	"regexp"
	"strconv"

	"skillspace/model"
)

// Schedule scales the learning rate: a linear warm-up, then constant, or linear or cosine decay to zero.
type Schedule struct {
	Kind        string // "constant", "linear" or "cosine"
	WarmupRatio float64
	PerEpoch    bool // whether it restarts at every epoch, warm-up included
}

// place is a 0-based step of a run or of an epoch, and the number of its steps.
type place struct{ step, of int }

// factor returns the scale of the learning rate at a place in the run and in the epoch.
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

var (
	encoderName = regexp.MustCompile(`^(?:skill_)?encoder\.`)
	layerName   = regexp.MustCompile(`^(?:skill_)?encoder\.[a-z]+\.layer\.(\d+)\.`)
)

// layerRates returns the factor of each parameter's learning rate for its depth (ELECTRA's fine-tuning, arXiv 2003.10555, after
// ULMFiT, arXiv 1801.06146). It is decay to the power of the number of encoder layers above: 1 for the last layer and
// decay^layers for the embeddings. Parameters outside the encoder keep their rate.
func layerRates(parameters []model.Parameter, decay float64) []float64 {
	layer, layers := make([]int, len(parameters)), 0 // 0 for embeddings, then from 1
	for i, p := range parameters {
		if match := layerName.FindStringSubmatch(p.Name); match != nil {
			n, _ := strconv.Atoi(match[1]) // digits
			layer[i] = n + 1
			layers = max(layers, n+1)
		}
	}
	rates := make([]float64, len(parameters))
	for i, p := range parameters {
		rates[i] = 1
		if encoderName.MatchString(p.Name) {
			rates[i] = math.Pow(decay, float64(layers-layer[i]))
		}
	}
	return rates
}
