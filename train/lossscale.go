package train

import (
	"fmt"
	"log/slog"
	"strconv"

	"skillspace/model/safetensors"
)

// The loss scale starts at firstScale, doubles after growAfter steps in a row without overflow and halves at every overflow, like
// PyTorch's GradScaler.
const (
	firstScale   = 1 << 16
	largestScale = 1 << 24
	growAfter    = 2000
)

// lossScale is the factor of the loss that keeps small gradients within float16's range (Micikevicius et al., arXiv 1710.03740).
// It is a power of two, so that multiplication and division are exact.
type lossScale struct {
	scale float64
	good  int // steps without overflow since it changed
}

func newLossScale() *lossScale { return &lossScale{scale: firstScale} }

// fits records a step with finite gradients.
func (s *lossScale) fits() {
	if s.good++; s.good == growAfter {
		s.scale, s.good = min(2*s.scale, largestScale), 0
	}
}

// overflows records a step whose gradients were not finite; the step is skipped. At the lowest scale, training has diverged.
func (s *lossScale) overflows() error {
	if s.scale <= 1 {
		return fmt.Errorf("%w: the gradients overflow float16 at any loss scale; lower optimizer.learning_rate, or set train.precision: bf16", ErrDiverged)
	}
	s.scale, s.good = s.scale/2, 0
	slog.Info("gradients overflow float16: step skipped", "loss scale", s.scale)
	return nil
}

func (s *lossScale) state() map[string]string {
	return map[string]string{"loss_scale": strconv.FormatFloat(s.scale, 'g', -1, 64), "loss_scale.good": strconv.Itoa(s.good)}
}

func (s *lossScale) restore(file *safetensors.File) error { return s.set(file.Path, file.Metadata) }

// set takes over what state returned; source names where it comes from.
func (s *lossScale) set(source string, metadata map[string]string) error {
	scale, err := strconv.ParseFloat(metadata["loss_scale"], 64)
	if err != nil || !(scale >= 1 && scale <= largestScale) {
		return fmt.Errorf("%s: metadata loss_scale %q is not a number from 1 to %d", source, metadata["loss_scale"], largestScale)
	}
	good, err := strconv.Atoi(metadata["loss_scale.good"])
	if err != nil || good < 0 {
		return fmt.Errorf("%s: metadata loss_scale.good %q is not a number of 0 or above", source, metadata["loss_scale.good"])
	}
	s.scale, s.good = scale, good
	return nil
}
