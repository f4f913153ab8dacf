package evaluate

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"skillspace/internal/terminal"
)

// grid is a report's table before it is written as text or Markdown.
type grid struct {
	title     string
	first     string // heading of the names
	counts    string // heading of the counts; empty: no column of counts
	extra     string // heading of a further column; empty: no further column
	columns   []string
	rows      []gridRow
	signed    bool     // the values are differences
	legend    []string // what the mark means
	intervals string   // what the intervals are; empty: not mentioned
	notes     []string
}

type gridRow struct {
	name   string
	count  int
	extra  string
	cells  []Interval
	marked []bool
}

// markBest marks the highest value of each column, and all values that are printed the same. A single row is not
// marked.
func (g *grid) markBest() {
	if len(g.rows) < 2 {
		g.legend = nil
		return
	}
	best := make([]string, len(g.columns))
	for column := range g.columns {
		highest := math.Inf(-1)
		for _, row := range g.rows {
			highest = max(highest, row.cells[column].Value)
		}
		best[column] = g.number(highest)
	}
	for i := range g.rows {
		row := &g.rows[i]
		row.marked = make([]bool, len(g.columns))
		for column, cell := range row.cells {
			row.marked[column] = g.number(cell.Value) == best[column]
		}
	}
}

// number writes three decimals: benchmarks of this size allow no finer comparison.
func (g *grid) number(v float64) string {
	if g.signed {
		return fmt.Sprintf("%+.3f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

// table writes aligned columns. The line under a row has half the width of each interval.
func (g *grid) table(out *bytes.Buffer, follows bool) {
	if follows {
		out.WriteByte('\n')
	}
	fmt.Fprintf(out, "%s\n\n", oneLine(g.title))
	lines := [][]string{g.heading()}
	for _, row := range g.rows {
		values := g.lead(row)
		spans := slices.Repeat([]string{""}, len(values))
		known := false
		for column, cell := range row.cells {
			mark := " "
			if column < len(row.marked) && row.marked[column] {
				mark = "*"
			}
			values = append(values, g.number(cell.Value)+mark)
			span := ""
			if cell.Known() {
				known, span = true, fmt.Sprintf("±%.3f ", (cell.High-cell.Low)/2)
			}
			spans = append(spans, span)
		}
		lines = append(lines, values)
		if known {
			lines = append(lines, spans)
		}
	}
	writeAligned(out, lines)
	foot := append([]string(nil), g.legend...)
	if g.intervals != "" {
		foot = append(foot, "± half the width of the "+g.intervals)
	}
	if foot = append(foot, g.notes...); len(foot) > 0 {
		out.WriteByte('\n')
	}
	for _, line := range foot {
		fmt.Fprintf(out, "%s\n", oneLine(line))
	}
}

func (g *grid) heading() []string {
	head := []string{g.first}
	if g.counts != "" {
		head = append(head, g.counts)
	}
	if g.extra != "" {
		head = append(head, g.extra)
	}
	for _, column := range g.columns {
		head = append(head, column+" ") // room for the mark
	}
	return head
}

// lead returns the cells before the values of a row.
func (g *grid) lead(row gridRow) []string {
	cells := []string{oneLine(row.name)}
	if g.counts != "" {
		cells = append(cells, thousands(row.count))
	}
	if g.extra != "" {
		cells = append(cells, row.extra)
	}
	return cells
}

// writeAligned writes the first column flush left and the others flush right, two spaces apart.
func writeAligned(out *bytes.Buffer, lines [][]string) {
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], terminal.Columns(cell))
		}
	}
	for _, line := range lines {
		var text strings.Builder
		for i, cell := range line {
			pad := strings.Repeat(" ", widths[i]-terminal.Columns(cell))
			if i == 0 {
				text.WriteString(cell + pad)
				continue
			}
			text.WriteString("  " + pad + cell)
		}
		out.WriteString(strings.TrimRight(text.String(), " ") + "\n")
	}
}

// markdown writes a table with the interval after each value and marked values in bold.
func (g *grid) markdown(out *bytes.Buffer, follows bool) {
	if follows {
		out.WriteByte('\n')
	}
	fmt.Fprintf(out, "%s\n\n", escapeMarkdown(g.title))
	heading := g.heading()
	for i := range heading {
		heading[i] = strings.TrimSpace(heading[i])
	}
	fmt.Fprintf(out, "| %s |\n| --- |%s\n", strings.Join(heading, " | "), strings.Repeat(" ---: |", len(heading)-1))
	for _, row := range g.rows {
		cells := g.lead(row)
		cells[0] = escapeMarkdown(cells[0])
		for column, cell := range row.cells {
			text := g.number(cell.Value)
			if column < len(row.marked) && row.marked[column] {
				text = "**" + text + "**"
			}
			if cell.Known() {
				text += fmt.Sprintf(" [%s, %s]", g.number(cell.Low), g.number(cell.High))
			}
			cells = append(cells, text)
		}
		fmt.Fprintf(out, "| %s |\n", strings.Join(cells, " | "))
	}
	foot := make([]string, 0, len(g.legend)+1+len(g.notes))
	for _, line := range g.legend {
		foot = append(foot, "Bold: "+strings.TrimPrefix(line, "* "))
	}
	if g.intervals != "" {
		foot = append(foot, "In brackets: "+g.intervals)
	}
	foot = append(foot, g.notes...)
	if len(foot) > 0 {
		fmt.Fprintf(out, "\n%s.\n", escapeMarkdown(strings.Join(foot, ". ")))
	}
}

var markdownEscaper = strings.NewReplacer("\\", "\\\\", "|", "\\|", "*", "\\*", "_", "\\_", "`", "\\`", "<", "&lt;", "\n", " ", "\r", " ")

func escapeMarkdown(text string) string { return markdownEscaper.Replace(oneLine(text)) }

// oneLine replaces control characters, which could break the table or control the terminal.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || (r >= 0x7f && r < 0xa0) {
			return ' '
		}
		return r
	}, text)
}

// thousands writes 13891 as 13,891.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}
