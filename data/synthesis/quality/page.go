package quality

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"skillspace/data/synthesis"
	"skillspace/internal/chart"
)

//go:embed page.html.tmpl
var files embed.FS

var pageTemplate = chart.Page(files, "page.html.tmpl", template.FuncMap{
	"estimate": func(m Measured) string { return plusMinus(m, false) },
})

// shownSentences bounds the sentences on a page.
const shownSentences = 24

// page is the input of the template.
type page struct {
	*Summary
	Count           *synthesis.Statistics
	Lengths, Skills *chart.Histogram
	Level1, Level2  []coverage
	Examples        []example
}

type coverage struct {
	synthesis.GroupCount
	Share, Weight float64 // share of the group's skills with a sentence; mentions relative to the largest group
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

// newHistogram draws counts whose keys are numbers, or ranges that begin with a number. With many bars, every
// fourth one is labelled.
func newHistogram(id, title, unit string, counts map[string]int) *chart.Histogram {
	keys := slices.Collect(maps.Keys(counts))
	slices.SortFunc(keys, func(a, b string) int { return leading(a) - leading(b) })
	most, total, largest := 1, 0, ""
	columns := make([]chart.Column, len(keys))
	for i, key := range keys {
		total += counts[key]
		if counts[key] > most {
			most, largest = counts[key], key
		}
		columns[i] = chart.Column{Count: counts[key], Label: fmt.Sprintf("%s %s: %s sentences", key, unit, chart.Count(counts[key]))}
		if len(keys) < 12 || i%4 == 0 {
			columns[i].Tick = key
		}
	}
	if len(columns) == 0 {
		columns = []chart.Column{{Label: "no sentence"}}
	}
	return chart.NewHistogram(id, title, fmt.Sprintf("%d sentences; most of them, %d, have %s %s.", total, most, largest, unit), columns)
}

// leading returns the number at the start of a key.
func leading(key string) int {
	n, _ := strconv.Atoi(key[:len(key)-len(strings.TrimLeft(key, "0123456789"))])
	return n
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
