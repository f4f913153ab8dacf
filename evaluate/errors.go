package evaluate

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"

	"skillspace/data/taxonomy"
	"skillspace/internal/chart"
	"skillspace/internal/topk"
)

// Errors collects what systems rank wrongly, for a page: the queries with the worst rankings, and how well the gold
// skills of each group of the taxonomy are found.
type Errors struct {
	tax      *taxonomy.Taxonomy
	Sections []*ErrorSection `json:"sections"` // one for each benchmark and system
}

// ErrorSection is one system on one benchmark.
type ErrorSection struct {
	Benchmark string        `json:"benchmark"`
	System    string        `json:"system"`
	Queries   int           `json:"queries"`
	Groups    []GroupResult `json:"groups"` // of Level 1, most gold skills first
	Worst     []WrongQuery  `json:"worst"`  // worst first

	bench  *Benchmark
	groups map[int]*GroupResult
}

// GroupResult counts the gold skills of one group, over all queries. A skill of several groups counts in each.
type GroupResult struct {
	Label string  `json:"group"`
	Gold  int     `json:"gold"`   // pairs of a query and a gold skill
	Found int     `json:"found"`  // pairs whose gold skill is among the first five
	Share float64 `json:"recall"` // Found / Gold
	MRR   float64 `json:"mrr"`    // mean of 1 / rank of the gold skills; 0 for one that is not proposed
}

// WrongQuery is a query with gold skills beyond the first five.
type WrongQuery struct {
	ID     string        `json:"query"`
	Text   string        `json:"text"`
	Missed []RankedSkill `json:"missed"` // gold skills beyond the first five
	First  []RankedSkill `json:"first"`  // the first five
	value  Values
}

// RankedSkill is a skill in a ranking. Rank 0: not proposed, so that it has no score.
type RankedSkill struct {
	Label string  `json:"skill"`
	Rank  int     `json:"rank"`
	Score float32 `json:"score"`
	Gold  bool    `json:"gold"`
}

const (
	firstSkills = 5
	mostWorst   = 50 // queries of a section
)

// NewErrors returns a collection without a section.
func NewErrors(tax *taxonomy.Taxonomy) *Errors { return &Errors{tax: tax} }

// Add takes the scores of a query. The queries of a system come one after the other.
func (e *Errors) Add(b *Benchmark, system string, query int, scoresS []float32) {
	var s *ErrorSection
	if n := len(e.Sections); n > 0 && e.Sections[n-1].bench == b && e.Sections[n-1].System == system {
		s = e.Sections[n-1]
	} else {
		s = &ErrorSection{Benchmark: b.Name, System: system, Queries: len(b.Queries), bench: b, groups: map[int]*GroupResult{}, Groups: []GroupResult{}, Worst: []WrongQuery{}}
		e.Sections = append(e.Sections, s)
	}
	q := b.Queries[query]
	ranks := Rank(scoresS, q.Gold)
	wrong := WrongQuery{ID: q.ID, Text: q.Text, value: MeasureGraded(ranks, q.Grades)}
	for i, skill := range q.Gold {
		e.count(s, skill, ranks[i])
		if ranks[i] == 0 || ranks[i] > firstSkills {
			missed := RankedSkill{Label: e.tax.Skills()[skill].PreferredLabel, Rank: ranks[i], Gold: true}
			if missed.Rank > 0 {
				missed.Score = scoresS[skill]
			}
			wrong.Missed = append(wrong.Missed, missed)
		}
	}
	if len(wrong.Missed) == 0 {
		return
	}
	for i, skill := range topk.Indices(scoresS, firstSkills, func(skill int) bool { return scoresS[skill] >= lowestScore }) {
		_, gold := slices.BinarySearch(q.Gold, skill)
		wrong.First = append(wrong.First, RankedSkill{e.tax.Skills()[skill].PreferredLabel, i + 1, scoresS[skill], gold})
	}
	s.Worst = append(s.Worst, wrong)
}

// count adds a gold skill to its groups.
func (e *Errors) count(s *ErrorSection, skill, rank int) {
	for _, group := range e.tax.Level1(skill) {
		g := s.groups[group]
		if g == nil {
			g = &GroupResult{Label: e.tax.Groups()[group].Label}
			s.groups[group] = g
		}
		g.Gold++
		if rank > 0 {
			g.MRR += 1 / float64(rank)
			if rank <= firstSkills {
				g.Found++
			}
		}
	}
}

// Finish sorts the sections. Call it once, after the last query.
func (e *Errors) Finish() {
	for _, s := range e.Sections {
		for _, g := range s.groups {
			g.Share, g.MRR = float64(g.Found)/float64(g.Gold), g.MRR/float64(g.Gold)
			s.Groups = append(s.Groups, *g)
		}
		slices.SortFunc(s.Groups, func(a, b GroupResult) int { return cmp.Or(cmp.Compare(b.Gold, a.Gold), cmp.Compare(a.Label, b.Label)) })
		slices.SortStableFunc(s.Worst, func(a, b WrongQuery) int {
			return cmp.Or(cmp.Compare(a.value[RP5], b.value[RP5]), cmp.Compare(a.value[MAP], b.value[MAP]))
		})
	}
}

// Shown returns the queries that the page lists.
func (s *ErrorSection) Shown() []WrongQuery { return s.Worst[:min(mostWorst, len(s.Worst))] }

//go:embed errors.html.tmpl
var errorFiles embed.FS

var errorPage = chart.Page(errorFiles, "errors.html.tmpl", template.FuncMap{
	"rank": func(rank int) string {
		if rank == 0 {
			return "not proposed"
		}
		return fmt.Sprintf("rank %d", rank)
	},
	"score": func(score float32) string { return fmt.Sprintf("%.2f", score) },
})

// Write writes the page, as HTML that loads nothing.
func (e *Errors) Write(w io.Writer) error {
	if err := errorPage.Execute(w, e); err != nil {
		return fmt.Errorf("write page of errors: %w", err)
	}
	return nil
}

// WriteJSON writes what the page shows, with all queries that have an error, as one JSON object.
func (e *Errors) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(e); err != nil {
		return fmt.Errorf("write errors: %w", err)
	}
	return nil
}
