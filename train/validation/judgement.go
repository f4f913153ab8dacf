package validation

import (
	"skillspace/data/corpus"
	"skillspace/embedding"
	"skillspace/evaluate"
	"skillspace/train/report"
)

const (
	curvePoints = 300 // of the precision-recall curve in a report
	worstErrors = 10  // of each kind
)

// judgement describes a filter's decisions on the validation sentences. The caller adds calibration and step.
func judgement(curve *evaluate.Curve, threshold float64, scores []float32, sentences []corpus.Sentence) *report.Judgement {
	n := curve.At(threshold)
	_, best := curve.BestF1()
	f := &report.Judgement{Threshold: threshold,
		Decisions: report.Decisions{TruePositive: n.TruePositive, FalsePositive: n.FalsePositive, FalseNegative: n.FalseNegative, TrueNegative: n.TrueNegative},
		Systems: []report.System{{Name: "this run", Threshold: threshold, AveragePrecision: curve.AveragePrecision(),
			Precision: n.Precision(), Recall: n.Recall(), F1: n.F1(), BestF1: best}}}
	for _, p := range curve.Points(curvePoints) {
		f.Curve = append(f.Curve, report.CurvePoint(p))
	}
	kept, dropped := curve.Errors(threshold)
	f.Kept, f.Dropped = worst(kept, scores, sentences), worst(dropped, scores, sentences)
	return f
}

// worst lists the first few different texts.
func worst(order []int, scores []float32, sentences []corpus.Sentence) (list []report.Judged) {
	seen := map[string]bool{}
	for _, i := range order {
		if len(list) == worstErrors {
			break
		}
		if !seen[sentences[i].Text] {
			seen[sentences[i].Text] = true
			list = append(list, report.Judged{Text: sentences[i].Text, Score: float64(scores[i])})
		}
	}
	return list
}

func reliability(logits []float32, temperature float64, positive []bool) (report.Reliability, error) {
	bins, err := evaluate.Reliability(embedding.Calibrated(logits, temperature), positive)
	if err != nil {
		return report.Reliability{}, err
	}
	c := report.Reliability{Error: evaluate.CalibrationError(bins), LogLoss: evaluate.LogLoss(logits, positive, temperature)}
	for _, b := range bins {
		c.Bins = append(c.Bins, report.Bin(b))
	}
	return c, nil
}
