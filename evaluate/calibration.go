package evaluate

import (
	"errors"
	"fmt"
	"math"
)

// temperatureLimit bounds a temperature to [1/temperatureLimit, temperatureLimit]. Without a bound there is no
// best temperature for logits that separate the classes perfectly.
const temperatureLimit = 100

// FitTemperature returns the temperature in [0.01, 100] for which the probabilities sigmoid(logit/temperature) have the
// lowest log loss on labelled sentences (Guo et al., arXiv 1706.04599). A temperature changes no ranking.
func FitTemperature(logits []float32, positive []bool) (float64, error) {
	if len(logits) == 0 || len(logits) != len(positive) {
		return 0, fmt.Errorf("fit a temperature: %d logits for %d labels", len(logits), len(positive))
	}
	// The loss is convex in 1/temperature, so its minimum is where the derivative changes sign.
	derivative := func(inverse float64) (sum float64) {
		for i, logit := range logits {
			margin := signed(logit, positive[i])
			sum -= margin / (1 + math.Exp(inverse*margin))
		}
		return sum
	}
	low, high := -math.Log(temperatureLimit), math.Log(temperatureLimit)
	for range 60 {
		middle := (low + high) / 2
		s := derivative(math.Exp(middle))
		if math.IsNaN(s) {
			return 0, errors.New("fit a temperature: a logit is not finite")
		}
		if s < 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return math.Exp(-(low + high) / 2), nil
}

// LogLoss returns the mean of -log of the probability that sigmoid(logit/temperature) gives a sentence's own class, in
// nats.
func LogLoss(logits []float32, positive []bool, temperature float64) float64 {
	sum := 0.0
	for i, logit := range logits {
		margin := signed(logit, positive[i]) / temperature
		sum += max(-margin, 0) + math.Log1p(math.Exp(-math.Abs(margin))) // softplus(-margin), which cannot overflow
	}
	return sum / float64(len(logits))
}

// signed returns the logit of a sentence's own class.
func signed(logit float32, positive bool) float64 {
	if positive {
		return float64(logit)
	}
	return -float64(logit)
}

// reliabilityBins is the number of bins of equal width in [0, 1], as in Guo et al.
const reliabilityBins = 15

// ReliabilityBin compares the predictions for some sentences with their labels.
type ReliabilityBin struct {
	Sentences int
	Predicted float64 // mean probability
	Observed  float64 // share of the sentences that name a skill
}

// Reliability sorts sentences by their probability into 15 bins of equal width and leaves out empty bins. A probability
// outside [0, 1] is an error.
func Reliability(probabilities []float32, positive []bool) ([]ReliabilityBin, error) {
	if len(probabilities) != len(positive) {
		return nil, fmt.Errorf("reliability: %d probabilities for %d labels", len(probabilities), len(positive))
	}
	var all [reliabilityBins]ReliabilityBin
	for i, p := range probabilities {
		if !(p >= 0 && p <= 1) {
			return nil, fmt.Errorf("reliability: %v is no probability", p)
		}
		bin := &all[min(int(p*reliabilityBins), reliabilityBins-1)]
		bin.Sentences++
		bin.Predicted += float64(p)
		if positive[i] {
			bin.Observed++
		}
	}
	var bins []ReliabilityBin
	for _, bin := range all {
		if n := float64(bin.Sentences); n > 0 {
			bins = append(bins, ReliabilityBin{bin.Sentences, bin.Predicted / n, bin.Observed / n})
		}
	}
	return bins, nil
}

// CalibrationError returns the expected calibration error of bins: the mean distance between Predicted and Observed,
// weighted by Sentences.
func CalibrationError(bins []ReliabilityBin) float64 {
	sum, sentences := 0.0, 0
	for _, bin := range bins {
		sum += float64(bin.Sentences) * math.Abs(bin.Predicted-bin.Observed)
		sentences += bin.Sentences
	}
	return sum / float64(max(sentences, 1))
}
