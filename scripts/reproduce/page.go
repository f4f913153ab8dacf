package main

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"math"

	"skillspace/internal/chart"
)

//go:embed page.html.tmpl
var files embed.FS

var pageTemplate = chart.Page(files, "page.html.tmpl", template.FuncMap{"cell": cell, "thousandths": func(v float64) string { return fmt.Sprintf("%.3f", v) }})

// pictures are drawn on a width of plotRight, with the rows' names on the left of plotLeft.
const (
	plotLeft, plotRight = 330.0, 860.0
	lineHeight          = 26.0
	plotTop             = 8.0
)

// picture shows the headline of the rows of one benchmark: a bar for the mean, a dot for each seed.
type picture struct {
	ID, Title, Description string
	Height                 float64
	Ticks                  []pictureTick
	Groups                 []pictureText
	Bars                   []pictureBar
}

type pictureTick struct {
	X     float64
	Label string
}

type pictureText struct {
	Y    float64
	Text string
}

type pictureBar struct {
	Name, Value string
	Y, Width    float64
	Seeds       []float64 // X of each seed
}

// page writes the pictures and the tables as one HTML file.
func (r *Results) page(w io.Writer) error {
	type table struct {
		Name    string
		Queries int
		Picture picture
	}
	view := struct {
		*Results
		Title   string
		Seeds   string
		Metrics []string
		Tables  []table
	}{Results: r, Title: "Experiment: " + r.Shown, Seeds: seedList(r.Seeds), Metrics: metrics}
	for i, b := range r.Benchmarks {
		view.Tables = append(view.Tables, table{b, r.Queries[i], r.picture(fmt.Sprintf("p%d", i), b)})
	}
	return pageTemplate.Execute(w, view)
}

func (r *Results) picture(id, benchmark string) picture {
	p := picture{ID: id, Title: "RP@5, " + benchmark}
	highest := 0.0
	for _, row := range r.Rows {
		for _, v := range row.Values[benchmark][metrics[0]] {
			highest = max(highest, v.Value)
		}
	}
	end := math.Ceil(max(highest, 0.1)*10) / 10
	at := func(v float64) float64 { return plotLeft + (plotRight-plotLeft)*v/end }
	y := plotTop
	for _, group := range r.groups() {
		y += lineHeight
		p.Groups = append(p.Groups, pictureText{y, group})
		for _, row := range r.of(group) {
			values := row.Values[benchmark][metrics[0]]
			if len(values) == 0 {
				continue
			}
			y += lineHeight
			mean, spread := row.mean(benchmark, metrics[0])
			bar := pictureBar{Name: row.Name, Value: cell(mean, spread, len(values)), Y: y, Width: at(mean) - plotLeft}
			for _, v := range values {
				bar.Seeds = append(bar.Seeds, at(v.Value))
			}
			p.Bars = append(p.Bars, bar)
		}
	}
	p.Height = y + 2*lineHeight
	for tick := 0.0; tick <= end+1e-9; tick += 0.1 {
		p.Ticks = append(p.Ticks, pictureTick{at(tick), fmt.Sprintf("%.1f", tick)})
	}
	p.Description = fmt.Sprintf("A bar is the mean over the seeds, a dot is a seed. Half the 95%% bootstrap interval over the queries is %.3f on average.", r.halfInterval(benchmark, metrics[0]))
	return p
}

// Cells returns the formatted metrics of a benchmark.
func (r *Result) Cells(benchmark string) map[string]string {
	cells := map[string]string{}
	for _, m := range metrics {
		mean, spread := r.mean(benchmark, m)
		cells[m] = cell(mean, spread, len(r.Values[benchmark][m]))
	}
	return cells
}
