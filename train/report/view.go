package report

import (
	"embed"
	"html/template"
	"maps"
	"slices"
	"strings"
	"time"

	"skillspace/internal/chart"
	"skillspace/train"
)

//go:embed page.html.tmpl filter.html.tmpl
var files embed.FS

var pageTemplate = chart.Page(files, "page.html.tmpl", template.FuncMap{
	"words": func(name string) string { return strings.ReplaceAll(name, "_", " ") }, // so that a narrow column can break them
})

// view is what the template shows.
type view struct {
	*Page
	State, Written  string
	Running         bool
	Done            int // percent of the steps
	Headline        []headline
	Curves          []*chart.Curve
	Validation      *chart.Curve
	Table           *table
	Histogram       *chart.Histogram
	Judgement       *filterView
	Step, TotalStep string
}

// headline is a figure in large type.
type headline struct{ Name, Value, Note string }

// table shows the validations: one row per validation, one column per metric.
type table struct {
	Metrics []string
	Rows    []row
}

type row struct {
	Step   string
	Best   bool
	Values []string
}

func (p *Page) view(h *train.History, now time.Time) *view {
	v := &view{Page: p, State: p.state, Written: now.UTC().Format("2006-01-02 15:04:05 UTC"), Running: p.state == "running"}
	best := bestOf(h.Validations, p.BestMetric)
	if len(h.Steps) > 0 {
		last := lastStep(h)
		v.Step, v.TotalStep, v.Done = chart.Count(last), chart.Count(p.total), 100*last/max(p.total, last)
		v.Curves = curves(h.Steps)
		v.Headline = headlines(h, best, p.BestMetric, p.total)
	}
	if best >= 0 {
		v.Validation = validationChart(h.Validations, p.BestMetric, best, max(h.Validations[len(h.Validations)-1].Step, lastStep(h)))
		v.Table = validationTable(h.Validations, p.BestMetric, best)
	}
	v.Histogram = lengthHistogram(p.Lengths, p.MaxLength)
	if p.Filter != nil {
		if f := p.Filter(); f != nil {
			v.Judgement = f.view()
		}
	}
	return v
}

func lastStep(h *train.History) int {
	if len(h.Steps) == 0 {
		return 0
	}
	return h.Steps[len(h.Steps)-1].Step
}

// bestOf returns the first validation with the largest metric, which is that of the checkpoint `best`, or -1.
func bestOf(all []train.ValidationRecord, metric string) int {
	best := -1
	for i, r := range all {
		if value, measured := r.Validation[metric]; measured && (best < 0 || value > all[best].Validation[metric]) {
			best = i
		}
	}
	return best
}

func curves(steps []train.StepRecord) []*chart.Curve {
	numbers := make([]int, len(steps))
	for i, s := range steps {
		numbers[i] = s.Step
	}
	curve := func(id, title string, window int, value func(train.StepRecord) float64) *chart.Curve {
		values := make([]float64, len(steps))
		for i, s := range steps {
			values[i] = value(s)
		}
		return chart.NewCurve(chart.Series{ID: id, Title: title, Steps: numbers, Last: numbers[len(numbers)-1], Values: values, Window: window, Best: -1})
	}
	window := chart.Window(len(steps))
	return []*chart.Curve{
		curve("loss", "Loss", window, func(s train.StepRecord) float64 { return s.Loss }),
		curve("learning-rate", "Learning rate", 1, func(s train.StepRecord) float64 { return s.LearningRate }),
		curve("gradient-norm", "Gradient norm", window, func(s train.StepRecord) float64 { return s.GradientNorm }),
		curve("examples", "Examples a second", window, func(s train.StepRecord) float64 { return s.ExamplesPerSecond }),
	}
}

func headlines(h *train.History, best int, metric string, total int) []headline {
	losses, rates := make([]float64, len(h.Steps)), make([]float64, len(h.Steps))
	for i, s := range h.Steps {
		losses[i], rates[i] = s.Loss, s.ExamplesPerSecond
	}
	smoothed := chart.Smooth(losses, chart.Window(len(losses)))
	last := h.Steps[len(h.Steps)-1]
	var all []headline
	if best >= 0 {
		r := h.Validations[best]
		all = append(all, headline{"Best " + metric, chart.Number(r.Validation[metric]), "at step " + chart.Count(r.Step)})
	}
	all = append(all, headline{"Loss", chart.Number(smoothed[len(smoothed)-1]), "from " + chart.Number(losses[0])},
		headline{"Examples a second", chart.Number(chart.Median(rates)), "median over the steps"})
	if last.ElapsedSeconds > 0 {
		note := "validations included"
		if last.Step < total {
			note = "about " + chart.Duration(last.ElapsedSeconds/float64(last.Step)*float64(total-last.Step)) + " left"
		}
		all = append(all, headline{"Time", chart.Duration(last.ElapsedSeconds), note})
	}
	return all
}

func validationChart(all []train.ValidationRecord, metric string, best, last int) *chart.Curve {
	s := chart.Series{ID: "validation", Title: "Validation " + metric, Last: last, Window: 1, Dots: len(all) <= 100, Best: -1}
	for i, r := range all {
		value, measured := r.Validation[metric]
		if !measured {
			continue
		}
		if i == best {
			s.Best = len(s.Values)
		}
		s.Steps, s.Values = append(s.Steps, r.Step), append(s.Values, value)
	}
	c := chart.NewCurve(s)
	c.Description += " The best is that of step " + chart.Count(all[best].Step) + "."
	return c
}

// validationTable has the metric that chooses `best` in its first column. It leaves out the metrics of a set if there is only one
// set, because they repeat the overall ones.
func validationTable(all []train.ValidationRecord, metric string, best int) *table {
	names := map[string]bool{}
	for _, r := range all {
		for name := range r.Validation {
			names[name] = true
		}
	}
	t := &table{Metrics: []string{metric}}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if name != metric && !repeats(all, name) {
			t.Metrics = append(t.Metrics, name)
		}
	}
	for i, r := range all {
		line := row{Step: chart.Count(r.Step), Best: i == best}
		for _, name := range t.Metrics {
			value := "–"
			if v, measured := r.Validation[name]; measured {
				value = chart.Number(v)
			}
			line.Values = append(line.Values, value)
		}
		t.Rows = append(t.Rows, line)
	}
	return t
}

func repeats(all []train.ValidationRecord, name string) bool {
	_, overall, ofOneSet := strings.Cut(name, ".")
	if !ofOneSet {
		return false
	}
	for _, r := range all {
		if value, measured := r.Validation[overall]; !measured || value != r.Validation[name] {
			return false
		}
	}
	return true
}
