package checkpoints

import (
	"fmt"
	"io"
	"math"
	"path/filepath"

	"skillspace/internal/atomicfile"
)

// Reporting says from which score on the skills of a sentence are reported. It was measured on synthetic sentences that
// training never saw, some without a skill, by the scores that extract-skills computes with the same views.
type Reporting struct {
	Views     string           `json:"views"`
	Lexical   bool             `json:"lexical"`
	TopK      int              `json:"top_k"`     // largest number of skills of a sentence
	Sentences int              `json:"sentences"` // measured on
	Threshold float64          `json:"threshold"` // with the best F1
	Curve     []ReportingPoint `json:"curve"`     // by ascending threshold
}

// ReportingPoint has the precision and the recall of the skills that are reported from a score on, over all sentences.
type ReportingPoint struct {
	Threshold float64 `json:"threshold"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
}

// F1 is the harmonic mean of precision and recall.
func (p ReportingPoint) F1() float64 {
	if p.Precision+p.Recall == 0 {
		return 0
	}
	return 2 * p.Precision * p.Recall / (p.Precision + p.Recall)
}

// Best returns the point with the best F1, the highest threshold of equal ones.
func (r *Reporting) Best() ReportingPoint {
	var best ReportingPoint
	for _, p := range r.Curve {
		if p.F1() >= best.F1() {
			best = p
		}
	}
	return best
}

// AtPrecision returns the point with the lowest threshold that reaches a precision, or false if none does.
func (r *Reporting) AtPrecision(target float64) (ReportingPoint, bool) {
	for _, p := range r.Curve {
		if p.Precision >= target {
			return p, true
		}
	}
	return ReportingPoint{}, false
}

// AtRecall returns the point with the highest threshold that reaches a recall, or false if none does.
func (r *Reporting) AtRecall(target float64) (best ReportingPoint, ok bool) {
	for _, p := range r.Curve {
		if p.Recall >= target {
			best, ok = p, true
		}
	}
	return best, ok
}

// validate refuses numbers that cannot be scores or shares.
func (r *Reporting) validate() error {
	if !(math.Abs(r.Threshold) <= 1) || len(r.Curve) > maxCurve {
		return fmt.Errorf("reporting: threshold %v, %d points: want -1 to 1, at most %d points", r.Threshold, len(r.Curve), maxCurve)
	}
	for _, p := range r.Curve {
		if !(math.Abs(p.Threshold) <= 1) || !(p.Precision >= 0 && p.Precision <= 1) || !(p.Recall >= 0 && p.Recall <= 1) {
			return fmt.Errorf("reporting: point %+v: want a threshold of -1 to 1 and shares of 0 to 1", p)
		}
	}
	return nil
}

// maxCurve bounds the points of a curve.
const maxCurve = 1000

// SetReporting adds r to the manifest of the checkpoint in dir. Its other files stay as they are, so a reader that has opened
// the checkpoint, before or after, has a whole one.
func SetReporting(dir string, r Reporting) error {
	if err := r.validate(); err != nil {
		return fmt.Errorf("save threshold in checkpoint %s: %w", dir, err)
	}
	c, err := Open(dir, BiEncoder)
	if err != nil {
		return err
	}
	m := *c.Manifest
	if err := c.Close(); err != nil {
		return err
	}
	m.Model.Reporting = &r
	text, err := sealed(&m)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(filepath.Join(dir, manifestName), func(w io.Writer) error { _, err := w.Write(text); return err }); err != nil {
		return fmt.Errorf("save threshold in checkpoint %s: %w", dir, err)
	}
	return nil
}
