package render

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"skillspace/extract"
	"skillspace/index"
	"skillspace/internal/terminal"
)

// AnnotatedOptions describe the layout of an ad.
type AnnotatedOptions struct {
	Color   bool
	Columns int // width of the terminal; 0: 80

	// Threshold is the lowest score of a reported skill. The results may have others: if no skill of an ad reaches it, the
	// nearest below are shown at the end of the ad, and marked as such. Nil: all skills are reported.
	Threshold *float32
}

// Annotated writes ads for people: each sentence with its skills below it, and a summary at the end. Sentences that the
// filter dropped are dimmed; without colours they are marked with a dot.
type Annotated struct {
	w       io.Writer
	o       AnnotatedOptions
	style   terminal.Style
	written int
}

const (
	narrowest, widest = 40, 100 // columns; longer lines are hard to read
	barColumns        = 10
	mostSummarised    = 8
	mostBelow         = 5
)

// NewAnnotated returns a writer to w.
func NewAnnotated(w io.Writer, o AnnotatedOptions) *Annotated {
	if o.Columns == 0 {
		o.Columns = 80
	}
	o.Columns = min(max(o.Columns, narrowest), widest)
	return &Annotated{w: w, o: o, style: terminal.Style{Color: o.Color}}
}

// Write writes an ad.
func (a *Annotated) Write(r Result) error {
	var out strings.Builder
	if a.written++; a.written > 1 {
		out.WriteString("\n")
	}
	r, below := a.reported(r)
	a.title(&out, r)
	apart := true // an empty line is above
	for _, f := range r.Found {
		a.sentence(&out, r, f, &apart)
	}
	if !apart {
		out.WriteString("\n")
	}
	a.summary(&out, r)
	a.nearest(&out, r, below)
	if _, err := io.WriteString(a.w, out.String()); err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	return nil
}

// reported returns the result with the skills that reach the threshold. If no skill does, it also returns the nearest below.
func (a *Annotated) reported(r Result) (Result, []extract.AdSkill) {
	if a.o.Threshold == nil {
		return r, nil
	}
	all, skills := r.Found, 0
	r.Found = slices.Clone(all)
	for i := range r.Found {
		f := &r.Found[i]
		f.Skills = slices.DeleteFunc(slices.Clone(f.Skills), func(m index.Match) bool { return m.Score < *a.o.Threshold })
		skills += len(f.Skills)
	}
	if skills > 0 {
		return r, nil
	}
	below := extract.ByAd(all)
	return r, below[:min(mostBelow, len(below))]
}

// nearest writes the skills nearest below the threshold.
func (a *Annotated) nearest(out *strings.Builder, r Result, below []extract.AdSkill) {
	if len(below) == 0 {
		return
	}
	text := fmt.Sprintf("no skill has a score of %.2f; the nearest below it:", *a.o.Threshold)
	for _, line := range wrap(text, a.o.Columns-2) {
		fmt.Fprintf(out, "  %s\n", line)
	}
	for _, s := range below {
		a.skill(out, r.Skills[s.Skill].PreferredLabel, index.Match{Skill: s.Skill, Score: s.Score})
	}
}

func (a *Annotated) title(out *strings.Builder, r Result) {
	title := "── " + terminal.Clean(r.Ad) + " "
	line := strings.Repeat("─", max(a.o.Columns-terminal.Columns(title), 2))
	fmt.Fprintf(out, "%s\n\n", a.style.Heading(title+line))
}

// sentence writes a sentence. Empty lines separate a sentence with skills from the others.
func (a *Annotated) sentence(out *strings.Builder, r Result, f extract.Found, apart *bool) {
	if len(f.Skills) > 0 && !*apart {
		out.WriteString("\n")
	}
	mark, paint := "  ", a.style.Plain
	switch {
	case !f.Kept && !a.o.Color:
		mark = "· " // a dropped sentence must be visible without colours
	case !f.Kept:
		paint = a.style.Dim
	case len(f.Skills) > 0:
		paint = a.style.Strong
	}
	for _, line := range wrap(terminal.Clean(f.Sentence.Clean), a.o.Columns-2) {
		fmt.Fprintf(out, "%s%s\n", mark, paint(line))
		mark = "  "
	}
	for _, match := range f.Skills {
		a.skill(out, r.Skills[match.Skill].PreferredLabel, match)
	}
	if *apart = len(f.Skills) > 0; *apart {
		out.WriteString("\n")
	}
}

func (a *Annotated) skill(out *strings.Builder, label string, m index.Match) {
	const indent = 5 + 4 + 2 + barColumns + 2 // before the label: margin, score, bar, gaps
	if why := m.Why(); why != "" {
		label += " (" + why + ")"
	}
	for i, line := range wrap(terminal.Clean(label), a.o.Columns-indent) {
		if i > 0 {
			fmt.Fprintf(out, "%s%s\n", strings.Repeat(" ", indent), line)
			continue
		}
		fmt.Fprintf(out, "     %4.2f  %s  %s\n", m.Score, a.style.Bar(bar(m.Score)), line)
	}
}

// bar draws a score of 0 to 1 in eighths of a column.
func bar(score float32) string {
	eighths := int(min(max(score, 0), 1)*barColumns*8 + 0.5)
	text := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		text += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return text + strings.Repeat(" ", barColumns-terminal.Columns(text))
}

// summary writes the counts and the ad's best skills, each once.
func (a *Annotated) summary(out *strings.Builder, r Result) {
	kept := 0
	for _, f := range r.Found {
		if f.Kept {
			kept++
		}
	}
	matches := extract.ByAd(r.Found)
	text := fmt.Sprintf("%d of %s kept, %s", kept, count(len(r.Found), "sentence"), count(len(matches), "skill"))
	if len(matches) > 0 {
		var labels []string
		for _, match := range matches[:min(mostSummarised, len(matches))] {
			labels = append(labels, terminal.Clean(r.Skills[match.Skill].PreferredLabel))
		}
		text += ": " + strings.Join(labels, ", ")
		if len(matches) > mostSummarised {
			text += ", …"
		}
	}
	for _, line := range wrap(text, a.o.Columns-2) {
		fmt.Fprintf(out, "  %s\n", line)
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
