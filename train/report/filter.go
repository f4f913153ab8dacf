package report

import (
	"fmt"
	"strconv"
	"strings"
)

// Filter is the best validation of a filter, as the trainer measured it.
type Filter struct {
	Step        int          `json:"step"`
	Threshold   float64      `json:"threshold"`
	Temperature float64      `json:"temperature"`
	Curve       []CurvePoint `json:"curve"` // by falling threshold
	Before      Calibration  `json:"before"`
	After       Calibration  `json:"after"`
	Decisions   Decisions    `json:"decisions"`
	Kept        []Judged     `json:"kept"`    // wrongly, the surest first
	Dropped     []Judged     `json:"dropped"` // wrongly, the surest first
	Systems     []System     `json:"systems"` // baselines, and the filter itself
}

// CurvePoint is a point of the precision-recall curve.
type CurvePoint struct {
	Threshold float64 `json:"threshold"`
	Recall    float64 `json:"recall"`
	Precision float64 `json:"precision"`
}

// Calibration compares probabilities with what is observed, before or after the temperature.
type Calibration struct {
	Bins    []Bin   `json:"bins"`
	Error   float64 `json:"error"` // expected calibration error
	LogLoss float64 `json:"log_loss"`
}

// Bin is some sentences with like probabilities.
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
	*Filter
	At                           string // the best validation's step
	PrecisionRecall, Reliability *plot
}

func (f *Filter) view() *filterView {
	return &filterView{f, count(f.Step), f.precisionRecall(), f.reliability()}
}

func (f *Filter) precisionRecall() *plot {
	p := newPlot("precision-recall", "Precision and recall", "recall", "precision")
	var points []dot
	for _, c := range f.Curve {
		points = append(points, p.at(c.Recall, c.Precision))
	}
	p.Lines = []plotLine{{"curve", polyline(points), "every threshold"}}
	d := f.Decisions
	recall, precision := ratio(d.TruePositive, d.FalseNegative), ratio(d.TruePositive, d.FalsePositive)
	p.Marks = []mark{{"best", p.at(recall, precision), 7, fmt.Sprintf("threshold %s: recall %s, precision %s", number(f.Threshold), number(recall), number(precision))}}
	p.Description = fmt.Sprintf("At the threshold %s the filter keeps %s of the sentences that name a skill, and %s of what it keeps names one.",
		number(f.Threshold), percent(recall), percent(precision))
	p.Head = []string{"threshold", "recall", "precision"}
	for k := range min(len(f.Curve), samples) {
		c := f.Curve[(len(f.Curve)-1)*k/max(min(len(f.Curve), samples)-1, 1)]
		p.Rows = append(p.Rows, []string{number(c.Threshold), number(c.Recall), number(c.Precision)})
	}
	return p
}

func (f *Filter) reliability() *plot {
	p := newPlot("reliability", "Reliability", "mean probability", "share that names a skill")
	p.Lines = []plotLine{{"ideal", polyline([]dot{p.at(0, 0), p.at(1, 1)}), "what a calibrated filter would show"}}
	p.Head = []string{"", "sentences", "probability", "names a skill"}
	for _, c := range []struct {
		class, name string
		Calibration
	}{{"raw", "before", f.Before}, {"curve", "after the temperature", f.After}} {
		var points []dot
		for _, bin := range c.Bins {
			at := p.at(bin.Predicted, bin.Observed)
			points = append(points, at)
			p.Marks = append(p.Marks, mark{c.class + "-dot", at, 3, fmt.Sprintf("%s: %s sentences, probability %s, %s name a skill", c.name,
				count(bin.Sentences), number(bin.Predicted), percent(bin.Observed))})
			p.Rows = append(p.Rows, []string{c.name, count(bin.Sentences), number(bin.Predicted), number(bin.Observed)})
		}
		p.Lines = append(p.Lines, plotLine{c.class, polyline(points), c.name})
	}
	p.Description = fmt.Sprintf("Expected calibration error %s before and %s after division by the temperature %s; log loss %s and %s. "+
		"The temperature was fitted on these sentences.", number(f.Before.Error), number(f.After.Error), number(f.Temperature),
		number(f.Before.LogLoss), number(f.After.LogLoss))
	return p
}

func ratio(part, rest int) float64 { return float64(part) / float64(max(part+rest, 1)) }

func percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 1, 64) + "%" }

// plot is a picture of two shares, ready for the template.
type plot struct {
	ID, Title, Description string
	XTitle, YTitle         string
	XTicks, YTicks         []tick
	Lines                  []plotLine
	Marks                  []mark
	Head                   []string
	Rows                   [][]string
	x, y                   scale
}

type plotLine struct{ Class, Path, Label string }

// mark is a point that says what it is when pointed at.
type mark struct {
	Class string
	dot
	Radius float64
	Label  string
}

func newPlot(id, title, x, y string) *plot {
	p := &plot{ID: id, Title: title, XTitle: x, YTitle: y, x: scale{0, 1, plotLeft, plotRight}, y: scale{0, 1, plotBottom, plotTop}}
	p.XTicks, p.YTicks = p.x.ticks(5, false), p.y.ticks(5, false)
	return p
}

func (p *plot) at(x, y float64) dot { return dot{p.x.at(x), p.y.at(y)} }

func polyline(points []dot) string {
	var b strings.Builder
	for i, d := range points {
		command := 'L'
		if i == 0 {
			command = 'M'
		}
		fmt.Fprintf(&b, "%c%.1f %.1f", command, d.X, d.Y)
	}
	return b.String()
}
