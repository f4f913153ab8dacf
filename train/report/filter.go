package report

import (
	"fmt"

	"skillspace/internal/chart"
)

// Judgement is the best validation of a filter, as the trainer measured it.
type Judgement struct {
	Step        int          `json:"step"`
	Threshold   float64      `json:"threshold"`
	Temperature float64      `json:"temperature"`
	Curve       []CurvePoint `json:"curve"` // by falling threshold
	Before      Reliability  `json:"before"`
	After       Reliability  `json:"after"`
	Decisions   Decisions    `json:"decisions"`
	Kept        []Judged     `json:"kept"`    // wrongly, most confident first
	Dropped     []Judged     `json:"dropped"` // wrongly, most confident first
	Systems     []System     `json:"systems"` // baselines, and the filter itself
}

// CurvePoint is a point of the precision-recall curve.
type CurvePoint struct {
	Threshold float64 `json:"threshold"`
	Recall    float64 `json:"recall"`
	Precision float64 `json:"precision"`
}

// Reliability compares probabilities with what is observed, before or after the temperature.
type Reliability struct {
	Bins    []Bin   `json:"bins"`
	Error   float64 `json:"error"` // expected calibration error
	LogLoss float64 `json:"log_loss"`
}

// Bin is a group of sentences with similar probabilities.
type Bin struct {
	Sentences int     `json:"sentences"`
	Predicted float64 `json:"predicted"` // mean probability
	Observed  float64 `json:"observed"`  // share that names a skill
}

// Decisions counts sentences at the threshold.
type Decisions struct {
	TruePositive  int `json:"true_positive"`
	FalsePositive int `json:"false_positive"`
	FalseNegative int `json:"false_negative"`
	TrueNegative  int `json:"true_negative"`
}

// Judged is a sentence with its probability.
type Judged struct {
	Text  string  `json:"text"`
	Score float64 `json:"score"`
}

// System is a row of the comparison; all but AveragePrecision and BestF1 are at its threshold.
type System struct {
	Name             string  `json:"name"`
	Threshold        float64 `json:"threshold"`
	AveragePrecision float64 `json:"average_precision"`
	Precision        float64 `json:"precision"`
	Recall           float64 `json:"recall"`
	F1               float64 `json:"f1"`
	BestF1           float64 `json:"best_f1"`
}

// filterView is what the template shows of a filter.
type filterView struct {
	*Judgement
	At                           string // the best validation's step
	PrecisionRecall, Reliability *chart.Plot
}

func (f *Judgement) view() *filterView {
	return &filterView{f, chart.Count(f.Step), f.precisionRecall(), f.reliability()}
}

func (f *Judgement) precisionRecall() *chart.Plot {
	p := chart.NewPlot("precision-recall", "Precision and recall", "recall", "precision")
	var points []chart.Dot
	for _, c := range f.Curve {
		points = append(points, p.At(c.Recall, c.Precision))
	}
	p.Lines = []chart.Line{{Class: "curve", Path: chart.Polyline(points), Label: "every threshold"}}
	d := f.Decisions
	recall, precision := ratio(d.TruePositive, d.FalseNegative), ratio(d.TruePositive, d.FalsePositive)
	p.Marks = []chart.Mark{{Class: "best", Dot: p.At(recall, precision), Radius: 7, Label: fmt.Sprintf("threshold %s: recall %s, precision %s", chart.Number(f.Threshold), chart.Number(recall), chart.Number(precision))}}
	p.Description = fmt.Sprintf("At the threshold %s the filter keeps %s of the sentences that name a skill, and %s of what it keeps names one.",
		chart.Number(f.Threshold), chart.Percent(recall), chart.Percent(precision))
	p.Head = []string{"threshold", "recall", "precision"}
	for k := range min(len(f.Curve), chart.Samples) {
		c := f.Curve[(len(f.Curve)-1)*k/max(min(len(f.Curve), chart.Samples)-1, 1)]
		p.Rows = append(p.Rows, []string{chart.Number(c.Threshold), chart.Number(c.Recall), chart.Number(c.Precision)})
	}
	return p
}

func (f *Judgement) reliability() *chart.Plot {
	p := chart.NewPlot("reliability", "Reliability", "mean probability", "share that names a skill")
	p.Lines = []chart.Line{{Class: "ideal", Path: chart.Polyline([]chart.Dot{p.At(0, 0), p.At(1, 1)}), Label: "what a calibrated filter would show"}}
	p.Head = []string{"", "sentences", "probability", "names a skill"}
	for _, c := range []struct {
		class, name string
		Reliability
	}{{"raw", "before", f.Before}, {"curve", "after the temperature", f.After}} {
		var points []chart.Dot
		for _, bin := range c.Bins {
			at := p.At(bin.Predicted, bin.Observed)
			points = append(points, at)
			p.Marks = append(p.Marks, chart.Mark{Class: c.class + "-dot", Dot: at, Radius: 3, Label: fmt.Sprintf("%s: %s sentences, probability %s, %s name a skill", c.name,
				chart.Count(bin.Sentences), chart.Number(bin.Predicted), chart.Percent(bin.Observed))})
			p.Rows = append(p.Rows, []string{c.name, chart.Count(bin.Sentences), chart.Number(bin.Predicted), chart.Number(bin.Observed)})
		}
		p.Lines = append(p.Lines, chart.Line{Class: c.class, Path: chart.Polyline(points), Label: c.name})
	}
	p.Description = fmt.Sprintf("Expected calibration error %s before and %s after division by the temperature %s; log loss %s and %s. "+
		"The temperature was fitted on these sentences.", chart.Number(f.Before.Error), chart.Number(f.After.Error), chart.Number(f.Temperature),
		chart.Number(f.Before.LogLoss), chart.Number(f.After.LogLoss))
	return p
}

func ratio(part, rest int) float64 { return float64(part) / float64(max(part+rest, 1)) }
