package loader

import (
	"log/slog"

	"skillspace/checkpoints"
	"skillspace/config"
	"skillspace/internal/command"
)

// Threshold returns the score from which on skills are reported: the given one or, for [config.StoredThreshold], the
// checkpoint's. It logs which threshold is used, and why the checkpoint's is not.
func (c *Checked) Threshold(given float64) (float64, error) {
	if given != config.StoredThreshold {
		return given, nil
	}
	rule, target, err := c.source.ThresholdTarget()
	if err != nil {
		return 0, command.Usagef("threshold_for: %w", err)
	}
	stored := c.checkpoint.Manifest.Model.Reporting
	reason := ""
	switch {
	case stored == nil:
		reason = "the checkpoint stores no threshold"
	case stored.Views != c.source.Views || stored.Lexical != c.source.Lexical:
		reason = "the checkpoint's threshold is for other scores (views, lexical)"
	}
	if reason != "" {
		if rule != "best_f1" {
			return 0, command.Usagef("threshold_for: %s cannot be used: %s; set threshold", c.source.ThresholdFor, reason)
		}
		slog.Warn(reason+": skills are reported from the default score on", "threshold", config.FallbackThreshold)
		return config.FallbackThreshold, nil
	}
	point, threshold := stored.Best(), stored.Threshold
	if rule != "best_f1" {
		if point, err = reaching(stored, rule, target); err != nil {
			return 0, err
		}
		threshold = point.Threshold
	}
	slog.Info("threshold from the checkpoint", "threshold", threshold, "for", c.source.ThresholdFor,
		"precision", point.Precision, "recall", point.Recall, "held-out synthetic sentences", stored.Sentences, "without a filter, skills a sentence at most", stored.TopK)
	return threshold, nil
}

// reaching returns the point of the stored curve that reaches a precision or recall.
func reaching(stored *checkpoints.Reporting, rule string, target float64) (checkpoints.ReportingPoint, error) {
	find := stored.AtPrecision
	if rule == "recall" {
		find = stored.AtRecall
	}
	point, ok := find(target)
	if !ok {
		return point, command.Usagef("threshold_for: no threshold of the checkpoint's curve reaches a %s of %v on its held-out sentences", rule, target)
	}
	return point, nil
}
