package evaluate

import "slices"

// maxThresholds bounds the thresholds that are tried. If there are more scores, their quantiles are tried.
const maxThresholds = 1024

// thresholdsFromOthers chooses each ad's threshold on the other ads: the highest threshold with the best mean
// F1. The ad's own gold skills have no influence on it.
func thresholdsFromOthers(ads []adProposals) []float64 {
	candidates := candidateThresholds(ads)
	if len(candidates) == 0 {
		return make([]float64, len(ads)) // nothing is proposed at all
	}
	f1 := make([][]float64, len(ads)) // by ad and candidate
	total := make([]float64, len(candidates))
	for i := range ads {
		f1[i] = ads[i].curve(candidates)
		for c, v := range f1[i] {
			total[c] += v
		}
	}
	thresholds := make([]float64, len(ads))
	for i := range ads {
		best := 0
		for c := range candidates {
			if total[c]-f1[i][c] > total[best]-f1[i][best]+roundingError {
				best = c
			}
		}
		thresholds[i] = float64(candidates[best])
	}
	return thresholds
}

// candidateThresholds returns the proposals' scores, descending.
func candidateThresholds(ads []adProposals) []float32 {
	var scores []float32
	for _, ad := range ads {
		for _, p := range ad.proposals {
			scores = append(scores, p.score)
		}
	}
	slices.Sort(scores)
	scores = slices.Compact(scores)
	slices.Reverse(scores)
	if len(scores) <= maxThresholds {
		return scores
	}
	some := make([]float32, maxThresholds)
	for i := range some {
		some[i] = scores[i*(len(scores)-1)/(maxThresholds-1)]
	}
	return some
}

// curve returns the ad's F1 at each of the descending thresholds.
func (a *adProposals) curve(thresholds []float32) []float64 {
	out := make([]float64, len(thresholds))
	hits, reported := 0, 0
	for c, threshold := range thresholds {
		for reported < len(a.proposals) && a.proposals[reported].score >= threshold {
			if a.proposals[reported].gold {
				hits++
			}
			reported++
		}
		out[c] = a.values(hits, reported)[ExtractionF1]
	}
	return out
}
