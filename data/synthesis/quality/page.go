package quality

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strconv"

	"skillspace/data/synthesis"
)

//go:embed page.html.tmpl
var pageText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"estimate": func(m Measured) string { return plusMinus(m, false) },
	"percent":  func(share float64) string { return fmt.Sprintf("%.0f%%", 100*share) },
}).Parse(pageText))

// shownSentences bounds the sentences that a page shows.
const shownSentences = 24

// page is what the template reads.
type page struct {
	*Summary
	Count           *synthesis.Statistics
	Lengths, Skills histogram
	Level1, Level2  []coverage
	Examples        []example
}

type histogram struct {
	ID, Title, XTitle, Description string
	Bars                           []bar
}

// bar is a column in a viewBox of 560 by 220 units.
type bar struct {
	X, Y, Width, Height float64
	Label               string
	Count               int
}

// Center is where the bar's label stands.
func (b bar) Center() float64 { return b.X + b.Width/2 }

// Marks says which bars have a label: all of a few, else every fourth.
func (h histogram) Marks() []bool {
	marks := make([]bool, len(h.Bars))
	for i := range marks {
		marks[i] = len(marks) < 12 || i%4 == 0
	}
	return marks
}

type coverage struct {
	synthesis.GroupCount
	Share, Weight float64 // of the group's skills with a sentence; of the mentions of the largest group
}

type example struct {
	Text   string
	Labels []string
}

// WritePage writes the report as one HTML page that loads nothing. label names a skill of the taxonomy.
func (r *Measurements) WritePage(w io.Writer, s *Summary, label func(skill int) string) error {
	count := r.Corpus.Statistics
	unit := "words"
	if r.Corpus.Language == synthesis.Chinese {
		unit = "characters"
	}
	p := page{Summary: s, Count: count,
		Lengths: newHistogram("lengths", "Sentences by length", unit, count.WordsHistogram),
		Skills:  newHistogram("skills", "Sentences by the number of skills they name", "skills", count.SkillsHistogram),
		Level1:  coverages(count.Level1), Level2: coverages(count.Level2)}
	for _, sentence := range r.Corpus.Sentences[:min(shownSentences, len(r.Corpus.Sentences))] {
		e := example{Text: sentence.Text}
		for _, skill := range sentence.Skills {
			e.Labels = append(e.Labels, label(skill))
		}
		p.Examples = append(p.Examples, e)
	}
	if err := pageTemplate.Execute(w, p); err != nil {
		return fmt.Errorf("write the page of %s: %w", r.Corpus.Path, err)
	}
	return nil
}

// newHistogram draws counts whose keys are numbers, or ranges that begin with one.
func newHistogram(id, title, xTitle string, counts map[string]int) histogram {
	keys := slices.Collect(maps.Keys(counts))
	first := func(key string) int {
		end := 0
		for end < len(key) && key[end] >= '0' && key[end] <= '9' {
			end++
		}
		n, _ := strconv.Atoi(key[:end])
		return n
	}
	slices.SortFunc(keys, func(a, b string) int { return first(a) - first(b) })
	most, total, largest := 1, 0, ""
	for _, key := range keys {
		total += counts[key]
		if counts[key] > most {
			most, largest = counts[key], key
		}
	}
	h := histogram{ID: id, Title: title, XTitle: xTitle, Description: fmt.Sprintf("%d sentences; most of them, %d, have %s %s.", total, most, largest, xTitle)}
	width := 540 / float64(max(len(keys), 1))
	for i, key := range keys {
		height := 170 * float64(counts[key]) / float64(most)
		h.Bars = append(h.Bars, bar{X: 10 + float64(i)*width, Y: 190 - height, Width: max(width-3, 1), Height: height, Label: key, Count: counts[key]})
	}
	return h
}

func coverages(groups []synthesis.GroupCount) []coverage {
	most := 1
	for _, g := range groups {
		most = max(most, g.Mentions)
	}
	list := make([]coverage, len(groups))
	for i, g := range groups {
		list[i] = coverage{g, float64(g.Covered) / float64(max(g.Skills, 1)), float64(g.Mentions) / float64(most)}
	}
	slices.SortStableFunc(list, func(a, b coverage) int { return b.Mentions - a.Mentions })
	return list
}
