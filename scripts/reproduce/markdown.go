package main

import (
	"fmt"
	"math"
	"strings"
)

// cell formats a mean with the largest distance of a seed from it.
func cell(mean, spread float64, seeds int) string {
	switch {
	case math.IsNaN(mean):
		return ""
	case seeds < 2:
		return fmt.Sprintf("%.3f", mean)
	}
	return fmt.Sprintf("%.3f ±%.3f", mean, spread)
}

// markdown writes the headline of all benchmarks in one table a group, then every benchmark with all metrics.
func (r *Results) markdown() string {
	var out strings.Builder
	fmt.Fprintf(&out, "# %s\n\nSeeds: %s. A cell is the mean over the seeds ± the largest distance of a seed from it.\n", r.Shown, seedList(r.Seeds))
	for _, line := range r.LeftOut {
		fmt.Fprintf(&out, "\n%s\n", line)
	}
	for _, group := range r.groups() {
		fmt.Fprintf(&out, "\n## %s: %s\n\n| | %s | mean by sentence |\n|%s\n", group, strings.ToUpper(metrics[0]), strings.Join(r.headings(), " | "), strings.Repeat(" --- |", len(r.Benchmarks)+2))
		for _, row := range r.of(group) {
			fmt.Fprintf(&out, "| %s |", row.Name)
			for _, b := range r.Benchmarks {
				mean, spread := row.mean(b, metrics[0])
				fmt.Fprintf(&out, " %s |", cell(mean, spread, len(row.Values[b][metrics[0]])))
			}
			fmt.Fprintf(&out, " %s |\n", cell(r.overall(row), 0, 1))
		}
	}
	for _, b := range r.Benchmarks {
		r.markdownDetails(&out, b)
	}
	return out.String()
}

func (r *Results) headings() []string {
	list := make([]string, len(r.Benchmarks))
	for i, b := range r.Benchmarks {
		list[i] = fmt.Sprintf("%s (%d)", b, r.Queries[i])
	}
	return list
}

func (r *Results) markdownDetails(out *strings.Builder, benchmark string) {
	fmt.Fprintf(out, "\n## %s\n\n| | %s |\n|%s\n", benchmark, strings.ToUpper(strings.Join(metrics, " | ")), strings.Repeat(" --- |", len(metrics)+1))
	for _, row := range r.Rows {
		fmt.Fprintf(out, "| %s: %s |", row.Group, row.Name)
		for _, m := range metrics {
			mean, spread := row.mean(benchmark, m)
			fmt.Fprintf(out, " %s |", cell(mean, spread, len(row.Values[benchmark][m])))
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintf(out, "| half the 95%% bootstrap interval over the queries, mean of the rows |")
	for _, m := range metrics {
		fmt.Fprintf(out, " %s |", cell(r.halfInterval(benchmark, m), 0, 1))
	}
	fmt.Fprintln(out)
}
