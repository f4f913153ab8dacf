package validation

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"skillspace/checkpoints"
	"skillspace/index"
	"skillspace/train/dataset"
)

const (
	reportedSkills  = 5   // largest number of skills of a sentence, the default of extract-skills
	mostCurvePoints = 200 // of the curve that a checkpoint stores
)

// reported is a skill that is found in a sentence, if the threshold is not above its score.
type reported struct {
	score float32
	right bool
}

// MeasureReporting measures which skills a ranker reports for sentences that training never saw, and returns the curve over
// all thresholds, and the threshold of the best F1, rounded down to four digits. Sentences without a skill are added in the
// corpus's proportion.
func MeasureReporting(ctx context.Context, ranker *index.Ranker, data *dataset.BiEncoder) (checkpoints.Reporting, error) {
	sentences := slices.Concat(data.Queries, withoutSkill(data))
	texts := make([]string, len(sentences))
	gold := 0
	for i, s := range sentences {
		texts[i] = s.Text
		gold += len(s.Skills)
	}
	var all []reported
	for from := 0; from < len(texts); from += reportingChunk {
		to := min(from+reportingChunk, len(texts))
		found, err := search(ctx, ranker, texts[from:to])
		if err != nil {
			return checkpoints.Reporting{}, fmt.Errorf("choose the threshold: %w", err)
		}
		for i, matches := range found {
			for _, m := range matches {
				all = append(all, reported{m.Score, slices.Contains(sentences[from+i].Skills, m.Skill)})
			}
		}
	}
	r := checkpoints.Reporting{TopK: reportedSkills, Sentences: len(sentences), Curve: reportingCurve(all, gold)}
	r.Threshold = math.Floor(1e4*r.Best().Threshold) / 1e4
	r.Curve = thinned(r.Curve)
	return r, nil
}

// reportingChunk is the number of sentences whose scores are held at a time.
const reportingChunk = 256

func search(ctx context.Context, ranker *index.Ranker, texts []string) ([][]index.Match, error) {
	vectors, err := ranker.Embedder.Embed(ctx, texts, nil)
	if err != nil {
		return nil, err
	}
	return ranker.Search(ctx, texts, vectors, func(int) index.Limit { return index.Limit{K: reportedSkills, Threshold: -1} })
}

// withoutSkill returns sentences that name no skill, as many for each held-out sentence as the corpus has for each sentence
// with a skill.
func withoutSkill(data *dataset.BiEncoder) []dataset.Query {
	share := float64(len(data.Without)) / float64(max(len(data.Training)+len(data.Queries), 1))
	n := min(len(data.Without), int(share*float64(len(data.Queries))+0.5))
	chosen := make([]dataset.Query, n)
	for i := range chosen {
		chosen[i].Text = data.Without[i*len(data.Without)/n]
	}
	return chosen
}

// reportingCurve returns precision and recall at each score, ascending: skills with equal scores are reported together. gold is the number of skills that the sentences name.
func reportingCurve(all []reported, gold int) []checkpoints.ReportingPoint {
	slices.SortFunc(all, func(a, b reported) int { return cmp.Compare(b.score, a.score) })
	var curve []checkpoints.ReportingPoint
	right := 0
	for i, r := range all {
		if r.right {
			right++
		}
		if i+1 < len(all) && all[i+1].score == r.score {
			continue
		}
		curve = append(curve, checkpoints.ReportingPoint{Threshold: float64(r.score), Precision: float64(right) / float64(i+1), Recall: float64(right) / float64(max(gold, 1))})
	}
	slices.Reverse(curve)
	return curve
}

// thinned returns evenly spread points, the first and the last included.
func thinned(curve []checkpoints.ReportingPoint) []checkpoints.ReportingPoint {
	if len(curve) <= mostCurvePoints {
		return curve
	}
	some := make([]checkpoints.ReportingPoint, mostCurvePoints)
	for i := range some {
		some[i] = curve[i*(len(curve)-1)/(mostCurvePoints-1)]
	}
	return some
}
