package config

import (
	"fmt"
	"strconv"
	"strings"
)

// ThresholdTarget returns what ThresholdFor says: the rule best_f1, precision or recall, and the target of the last two.
func (m ModelSource) ThresholdTarget() (rule string, target float64, err error) {
	rule, text, given := strings.Cut(m.ThresholdFor, "=")
	switch {
	case rule == "best_f1" && !given:
		return rule, 0, nil
	case rule != "precision" && rule != "recall" || !given:
		return "", 0, fmt.Errorf("it is %q; want best_f1, precision=P or recall=R", m.ThresholdFor)
	}
	if target, err = strconv.ParseFloat(text, 64); err != nil || !(target > 0 && target <= 1) {
		return "", 0, fmt.Errorf("%s: it is %q; want a number above 0 to 1", rule, text)
	}
	return rule, target, nil
}

func defaultModelSource() ModelSource {
	return ModelSource{Inference: defaultInference(), ThresholdFor: "best_f1"}
}
