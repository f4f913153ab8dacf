package quality

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
)

// Comparison compares two corpora side by side.
type Comparison struct {
	A, B *Summary
	Rows []Compared
}

// Compared is one measure of both corpora, and the difference A minus B.
type Compared struct {
	Name       string   `json:"name"`
	Title      string   `json:"title"`
	A          Measured `json:"a"`
	B          Measured `json:"b"`
	Difference Measured `json:"difference"`
	Better     string   `json:"better,omitempty"` // "a" or "b" if the interval of the difference excludes zero and the measure has a better direction
}

// Compare compares the measurements of two corpora.
func Compare(a, b *Measurements) *Comparison {
	c := &Comparison{A: a.Summary(), B: b.Summary()}
	for _, first := range a.Measures {
		for _, second := range b.Measures {
			if first.Name != second.Name {
				continue
			}
			d := Difference(first, second, a.Seed)
			row := Compared{Name: first.Name, Title: first.Title, A: measured(first, first.Estimate(a.Seed)), B: measured(second, second.Estimate(b.Seed)), Difference: measured(first, d)}
			if apart := d.Low > 0 || d.High < 0; apart && first.Goal != Neither {
				row.Better = "b"
				if (d.Value > 0) == (first.Goal == Higher) {
					row.Better = "a"
				}
			}
			c.Rows = append(c.Rows, row)
		}
	}
	return c
}

// Write writes the comparison as "table", "markdown" or "json".
func (c *Comparison) Write(w io.Writer, format string) error {
	switch format {
	case "json":
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(map[string]any{"a": c.A, "b": c.B, "rows": c.Rows})
	case "markdown":
		return c.markdown(w)
	case "table":
		return c.table(w)
	}
	return fmt.Errorf("format %q: want table, markdown or json", format)
}

func (c *Comparison) cells(row Compared) []string {
	better := map[string]string{"a": "A", "b": "B"}[row.Better]
	return []string{row.Title, plusMinus(row.A, false), plusMinus(row.B, false), plusMinus(row.Difference, true), better}
}

var headings = []string{"measure", "A", "B", "A - B", "better"}

func (c *Comparison) table(w io.Writer) error {
	fmt.Fprintf(w, "A  %s\nB  %s\n\n", c.A.describe(), c.B.describe())
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, strings.Join(headings, "\t"))
	for _, row := range c.Rows {
		fmt.Fprintln(out, strings.TrimRight(strings.Join(c.cells(row), "\t"), "\t"))
	}
	if err := out.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprint(w, "\n", c.notes("\n"))
	return err
}

func (c *Comparison) markdown(w io.Writer) error {
	fmt.Fprintf(w, "| %s |\n|%s\n", strings.Join(headings, " | "), strings.Repeat(" --- |", len(headings)))
	for _, row := range c.Rows {
		fmt.Fprintf(w, "| %s |\n", strings.Join(c.cells(row), " | "))
	}
	_, err := fmt.Fprintf(w, "\nA: %s. B: %s.\n\n%s", c.A.describe(), c.B.describe(), c.notes("\n"))
	return err
}

func (s *Summary) describe() string {
	return fmt.Sprintf("%s (%d sentences sampled)", s.Corpus, s.Sampled)
}

// notes explains the figures.
func (c *Comparison) notes(end string) string {
	var b strings.Builder
	b.WriteString("In brackets 95% bootstrap intervals over the sentences, of A - B over both corpora; better is named where that interval leaves zero out." + end)
	for _, row := range c.Rows {
		if row.A.Note == row.B.Note {
			fmt.Fprintf(&b, "%s: %s.%s", row.Title, row.A.Note, end)
		} else {
			fmt.Fprintf(&b, "%s: A: %s. B: %s.%s", row.Title, row.A.Note, row.B.Note, end)
		}
	}
	for _, m := range c.A.Reference {
		fmt.Fprintf(&b, "Perplexity of %s: %s (%s).%s", m.Title, plusMinus(m, false), m.Note, end)
	}
	for _, f := range c.A.Facts {
		fmt.Fprintf(&b, "%s: %s.%s", f.Name, f.Value, end)
	}
	return b.String()
}

func plusMinus(m Measured, signed bool) string {
	if m.Value == nil {
		return "-"
	}
	text := number(*m.Value)
	if signed && *m.Value >= 0 {
		text = "+" + text
	}
	if m.Low == nil || m.High == nil {
		return text
	}
	return fmt.Sprintf("%s (%s to %s)", text, number(*m.Low), number(*m.High))
}

// number formats a value with three significant digits.
func number(v float64) string {
	switch size := math.Abs(v); {
	case size >= 100:
		return fmt.Sprintf("%.0f", v)
	case size >= 10:
		return fmt.Sprintf("%.1f", v)
	case size >= 1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3f", v)
}
