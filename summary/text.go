package summary

import (
	"fmt"
	"io"
	"text/tabwriter"

	"skillspace/internal/chart"
	"skillspace/internal/terminal"
)

// WriteText writes the most frequent skills and the groups of Level 1 for people at a terminal.
func (s *Summary) WriteText(w io.Writer, most int) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "skill\tads\tshare\t95%% interval\n")
	for _, r := range first(s.Skills, most) {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s – %s\n", terminal.Clean(r.Label), chart.Count(r.Ads), chart.Percent(r.Share), chart.Percent(r.Low), chart.Percent(r.High))
	}
	if more := len(s.Skills) - most; more > 0 {
		fmt.Fprintf(table, "and %s more\n", chart.Count(more))
	}
	heading := "\ngroup of Level 1\tads\tshare\t95% interval\n"
	for _, r := range s.Groups {
		if r.Level != 1 {
			continue
		}
		fmt.Fprintf(table, "%s%s\t%s\t%s\t%s – %s\n", heading, terminal.Clean(r.Label), chart.Count(r.Ads), chart.Percent(r.Share), chart.Percent(r.Low), chart.Percent(r.High))
		heading = ""
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}
