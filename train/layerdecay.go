package train

import (
	"math"
	"regexp"
	"strconv"

	"skillspace/model"
)

var (
	encoderName = regexp.MustCompile(`^(?:skill_)?encoder\.`)
	layerName   = regexp.MustCompile(`^(?:skill_)?encoder\.[a-z]+\.layer\.(\d+)\.`)
)

// layerRates returns by how much each parameter's learning rate is scaled for its depth (ELECTRA's fine-tuning, arXiv
// 2003.10555, after ULMFiT, arXiv 1801.06146): decay to the power of the encoder layers above it, so 1 for the last layer
// and decay^layers for the embeddings. What is not the encoder's keeps its rate.
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
