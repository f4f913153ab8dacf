package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// table writes the result as Markdown tables that read well as plain text.
func (r *Result) table(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %d cores, %d MB, %d threads, bf16 %s, %s; skillspace %s; rounds: %d, medians (least to most).\n", r.Machine.CPU,
		r.Machine.Cores, r.Machine.MemoryMB, r.Settings.Threads, yes(r.Settings.BF16), r.Date.Format("2006-01-02"), r.Versions["skillspace"], r.Settings.Rounds)
	if r.Data.TokensAPair > 0 {
		fmt.Fprintf(&b, "A pair has %.1f tokens on average; of batches in random order %.0f%% are tokens, the rest padding.\n",
			r.Data.TokensAPair, 100*r.Data.TokenShare)
	}
	for _, c := range []*Comparison{r.Training, r.Encoding, r.Operation} {
		if c != nil {
			c.table(&b)
		}
	}
	if r.Serving != nil {
		r.Serving.tables(&b)
	}
	growthTable(&b, r.Growth)
	_, err := io.WriteString(out, b.String())
	return err
}

func (c *Comparison) table(b *strings.Builder) {
	fmt.Fprintf(b, "\n### %s\n\n", c.Title)
	rows := [][]string{{"side", "rate", "", "peak memory, MB"}}
	for _, m := range c.Rows {
		peak := ""
		if m.Peak.Max > 0 { // memory says nothing about a single operation
			peak = m.Peak.short()
		}
		rows = append(rows, []string{m.Side, m.Rate.short(), m.Unit, peak})
	}
	grid(b, rows)
	rows = [][]string{{"figure", "of", "to", "median (range)", "wanted", ""}}
	for _, r := range c.Ratios {
		rows = append(rows, []string{r.What, r.Of, r.To, r.short(), r.wanted(), r.verdict()})
	}
	b.WriteByte('\n')
	grid(b, rows)
	for _, a := range c.Agreement {
		fmt.Fprintf(b, "\n- %s: cosine with the defaults' vectors at least %.5f, on average %.6f", a.Side, a.LeastCosine, a.MeanCosine)
	}
	if len(c.Agreement) > 0 {
		b.WriteByte('\n')
	}
}

func (r Ratio) wanted() string {
	switch {
	case r.Wanted == 0:
		return ""
	case r.AtMost:
		return fmt.Sprintf("at most %g", r.Wanted)
	}
	return fmt.Sprintf("at least %g", r.Wanted)
}

func (r Ratio) verdict() string {
	switch {
	case r.Wanted == 0:
		return ""
	case r.reached():
		return "reached"
	}
	return "missed"
}

func growthTable(b *strings.Builder, points []Growth) {
	if len(points) == 0 {
		return
	}
	b.WriteString("\n### Training as work grows (each measured once)\n\n")
	rows := [][]string{{"", "side", "examples/s", "s to the first step", "peak memory, MB"}}
	for _, p := range points {
		row := []string{fmt.Sprintf("%s %d", p.Along, p.Size), p.Side, number(p.Rate), number(p.Start), number(p.Peak)}
		if p.Fails != "" {
			row = append(row[:2], p.Fails, "", "")
		}
		rows = append(rows, row)
	}
	grid(b, rows)
}

// short is "median (min to max)".
func (s Spread) short() string {
	return fmt.Sprintf("%s (%s to %s)", number(s.Median), number(s.Min), number(s.Max))
}

// number writes a figure with three digits that matter, and no fewer than its whole part has.
func number(x float64) string {
	switch {
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2f", x)
}

func yes(b bool) string {
	if b {
		return "native"
	}
	return "not native"
}

// grid writes rows, the first of which is the head, with columns of one width.
func grid(b *strings.Builder, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell), 3)
		}
	}
	line := func(cells []string, filling string) {
		for i, cell := range cells {
			b.WriteString("| " + cell + strings.Repeat(filling, widths[i]-utf8.RuneCountInString(cell)) + " ")
		}
		b.WriteString("|\n")
	}
	line(rows[0], " ")
	line(make([]string, len(widths)), "-")
	for _, row := range rows[1:] {
		line(row, " ")
	}
}
