package extract

import "fmt"

// ParseViews reads how a skill is scored: "label" (by its preferred label), "labels" (by the mean of that and its best
// alternative label) or "all" (by its description too).
func ParseViews(text string) (Views, error) {
	switch text {
	case "label":
		return LabelsOnly, nil
	case "labels":
		return Views{AltLabels: true}, nil
	case "all":
		return Views{AltLabels: true, Descriptions: true}, nil
	}
	return Views{}, fmt.Errorf("views %q: want label, labels or all", text)
}
