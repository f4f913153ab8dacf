package libtorch

import (
	"math"
	"testing"
)

// TestSaturatedLSTMEqualsLibtorchs drives the gates far beyond where exp overflows, in both directions of time.
func TestSaturatedLSTMEqualsLibtorchs(t *testing.T) {
	err := Do(func(s *Scope) error {
		const steps, in, hidden = 4, 2, 3
		w := LSTMWeights{InputHidden: s.Normal(0, 1, 4*hidden, in), HiddenHidden: s.Normal(0, 1, 4*hidden, hidden),
			InputBias: s.Normal(0, 1, 4*hidden), HiddenBias: s.Normal(0, 1, 4*hidden)}
		input := s.Normal(0, 400, steps, in)
		ours, err := s.PackedLSTM(input, w, s.Int64s([]int64{0, steps}, 2), Float32, false).Float32s()
		if err != nil {
			return err
		}
		theirs, err := s.PaddedLSTM(s.Reshape(input, steps, 1, in), w, hidden, CPU).Float32s()
		if err != nil {
			return err
		}
		for i := range theirs {
			if d := math.Abs(float64(ours[i] - theirs[i])); !(d <= 1e-5) {
				t.Errorf("output %d: %v, libtorch's is %v", i, ours[i], theirs[i])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
