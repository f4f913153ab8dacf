package summary

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"unicode/utf8"

	"skillspace/internal/chart"
)

//go:embed page.html.tmpl page.css page.js
var files embed.FS

var pageTemplate = chart.Page(files, "page.html.tmpl", template.FuncMap{
	"share":     chart.Percent,
	"signed":    func(v float64) string { return fmt.Sprintf("%+.1f", 100*v) },
	"percentOf": func(v, of float64) string { return fmt.Sprintf("%.1f", 100*v/of) },
	"restOf":    func(v, of float64) string { return fmt.Sprintf("%.1f", 100-100*v/of) },
	"css":       func() (template.CSS, error) { text, err := files.ReadFile("page.css"); return template.CSS(text), err },
	"js":        func() (template.JS, error) { text, err := files.ReadFile("page.js"); return template.JS(text), err },
})

// Rows of the page's tables. The files beside the page hold all.
const (
	pageSkills  = 200
	pageChanges = 40
	pagePairs   = 40
)

// view is what the page shows.
type view struct {
	*Summary
	SkillRows   []SkillRow
	Scale       float64 // share at which a bar is full
	Map         []tile
	Lines       []trendView
	ChangeRows  []ChangeRow
	PairRows    []PairRow
	MoreSkills  int
	MoreChanges int
	MorePairs   int
}

func (s *Summary) writePage(w io.Writer) error {
	v := view{Summary: s, Map: s.treemap(), SkillRows: first(s.Skills, pageSkills), PairRows: first(s.Pairs, pagePairs)}
	v.ChangeRows = first(s.Changes, pageChanges)
	v.MoreSkills, v.MoreChanges, v.MorePairs = len(s.Skills)-len(v.SkillRows), len(s.Changes)-len(v.ChangeRows), len(s.Pairs)-len(v.PairRows)
	if len(s.Skills) > 0 {
		v.Scale = s.Skills[0].High
	}
	highest := 0.0
	for _, t := range s.Trends {
		for _, p := range t.Periods {
			highest = max(highest, p.High)
		}
	}
	for _, t := range s.Trends {
		v.Lines = append(v.Lines, t.view(highest))
	}
	return pageTemplate.Execute(w, v)
}

func first[T any](rows []T, n int) []T { return rows[:min(n, len(rows))] }

// Size of the treemap's picture.
const mapWidth, mapHeight = 1120.0, 460.0

// tile is a group of the treemap: of Level 1, with those of Level 2 inside.
type tile struct {
	rect
	Label, Title string
	Shade        int // number of its colour
	Inner        bool
}

// treemap shows the groups of Level 1, and inside each those of Level 2. Areas are numbers of ads. An ad counts in each of its groups, so
// areas do not add up to the ads.
func (s *Summary) treemap() []tile {
	children := map[string][]GroupRow{}
	var tops []GroupRow
	for _, g := range s.Groups {
		switch g.Level {
		case 1:
			tops = append(tops, g)
		case 2:
			children[g.Parent] = append(children[g.Parent], g)
		}
	}
	var tiles []tile
	for i, place := range squarify(sizesOf(tops), rect{0, 0, mapWidth, mapHeight}) {
		top := tops[i]
		tiles = append(tiles, newTile(place, top, i, false))
		inside := rect{place.X + 3, place.Y + 20, place.Width - 6, place.Height - 23}
		if inside.Width < 20 || inside.Height < 14 {
			continue
		}
		below := children[top.URI]
		for k, place := range squarify(sizesOf(below), inside) {
			tiles = append(tiles, newTile(place, below[k], i, true))
		}
	}
	return tiles
}

func sizesOf(groups []GroupRow) []float64 {
	sizes := make([]float64, len(groups))
	for i, g := range groups {
		sizes[i] = float64(g.Ads)
	}
	return sizes
}

func newTile(place rect, g GroupRow, shade int, inner bool) tile {
	t := tile{rect: place, Shade: shade % 8, Inner: inner}
	t.Title = fmt.Sprintf("%s: %s, %s of the ads", g.Label, adsOf(g.Ads), chart.Percent(g.Share))
	t.Label = shorten(g.Label, int((place.Width-8)/6.4))
	return t
}

// shorten cuts a label to a number of characters, or to nothing where it would not be understood.
func shorten(label string, most int) string {
	if utf8.RuneCountInString(label) <= most {
		return label
	}
	if most < 5 {
		return ""
	}
	return strings.TrimSpace(string([]rune(label)[:most-1])) + "…"
}

func adsOf(n int) string {
	if n == 1 {
		return "1 ad"
	}
	return chart.Count(n) + " ads"
}

// trendView is a trend, drawn.
type trendView struct {
	Label, Description  string
	Line, Band          string // path data
	First, Last         TrendPoint
	Dots                []trendDot
	LowTick, HighTick   string
	FirstName, LastName string
}

type trendDot struct {
	chart.Dot
	Title string
}

// Borders of a trend's picture.
const trendLeft, trendRight, trendTop, trendBottom = 44.0, 316.0, 12.0, 112.0

// view draws a trend. All trends of a page share the highest share of their axes.
func (t Trend) view(highest float64) trendView {
	last := len(t.Periods) - 1
	v := trendView{Label: t.Label, First: t.Periods[0], Last: t.Periods[last], LowTick: "0%", HighTick: chart.Percent(highest)}
	at := func(i int, share float64) chart.Dot {
		return chart.Dot{X: trendLeft + (trendRight-trendLeft)*float64(i)/float64(max(last, 1)), Y: trendBottom - (trendBottom-trendTop)*share/max(highest, 1e-9)}
	}
	var line, upper, lower []chart.Dot
	for i, p := range t.Periods {
		line, upper, lower = append(line, at(i, p.Share)), append(upper, at(i, p.High)), append(lower, at(last-i, t.Periods[last-i].Low))
		v.Dots = append(v.Dots, trendDot{at(i, p.Share), fmt.Sprintf("%s: %s of %s (%s to %s)", p.Period, chart.Percent(p.Share), adsOf(p.Of), chart.Percent(p.Low), chart.Percent(p.High))})
	}
	v.Line, v.Band = chart.Polyline(line), chart.Polyline(append(upper, lower...))+"Z"
	v.FirstName, v.LastName = v.First.Period, v.Last.Period
	v.Description = fmt.Sprintf("%s of the ads in %s, %s in %s.", chart.Percent(v.First.Share), v.First.Period, chart.Percent(v.Last.Share), v.Last.Period)
	return v
}
