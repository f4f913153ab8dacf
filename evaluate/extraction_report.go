package evaluate

import (
	"fmt"
	"io"
)

// Write writes the report.
func (r *ExtractionReport) Write(w io.Writer, format Format) error {
	return writeReport(w, format, r, r.grids)
}

func (r *ExtractionReport) grids() []grid {
	how := "the threshold of each ad chosen on the others"
	if r.Fixed {
		how = "one threshold for all"
	}
	right := "right if the ad names them"
	if r.BySentence {
		right = "right if the sentence names them"
	}
	g := grid{
		title: fmt.Sprintf("%s: skills reported for %s, %s, at most %d a sentence, %s", r.Benchmark, countOf(r.Ads, "ad", "ads"), right, r.TopK, how),
		first: "system", extra: "threshold", columns: extractionMetricNames[:],
		legend:    []string{"* best in its column"},
		intervals: intervalLegend(r.Bootstrap, "ads"),
	}
	for _, result := range r.Results {
		g.rows = append(g.rows, gridRow{name: result.System, extra: fmt.Sprintf("%.3f", result.Threshold), cells: result.Metrics[:]})
		g.notes = append(g.notes, fmt.Sprintf("%s: %.1f skills an ad", result.System, result.Reported))
	}
	g.markBest()
	return []grid{g}
}

// MarshalJSON writes an object for each system, with its metrics by name.
func (r *ExtractionReport) MarshalJSON() ([]byte, error) {
	systems := make([]object, len(r.Results))
	for i, result := range r.Results {
		systems[i] = object{{"system", result.System}, {"threshold", result.Threshold}, {"skills_per_ad", result.Reported}}
		for m, interval := range result.Metrics {
			systems[i] = append(systems[i], field{extractionMetricNames[m], interval})
		}
	}
	return object{
		{"benchmark", r.Benchmark}, {"ads", r.Ads}, {"by_sentence", r.BySentence}, {"top_k", r.TopK}, {"threshold_given", r.Fixed},
		{"bootstrap", r.Bootstrap.object()}, {"systems", systems},
	}.MarshalJSON()
}
