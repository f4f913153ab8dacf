package model

import (
	"testing"

	"skillspace/internal/libtorch"
)

func (r reference) pairing(name string) Pairing {
	values, shape := r.ints(name)
	p := Pairing{Sentences: int(shape[0]), Skills: int(shape[1]), Positive: make([]bool, len(values))}
	for i, v := range values {
		p.Positive[i] = v != 0
	}
	return p
}

func TestInfoNCEMatchesPyTorch(t *testing.T) {
	want := openGolden(t, "info-nce")
	for _, name := range []string{"plain.", "full_row.", "hard_negatives."} {
		for _, view := range []struct {
			loss, grad string
			symmetric  bool
		}{{"loss", "grad.", false}, {"symmetric_loss", "symmetric_grad.", true}} {
			run(t, func(s *libtorch.Scope) {
				sentence, skill, scale := want.tensor(s, name+"sentence"), want.tensor(s, name+"skill"), want.tensor(s, name+"logit_scale")
				loss := InfoNCE(s, sentence, skill, scale, want.pairing(name+"positive"), view.symmetric, libtorch.CPU)
				want.near(name+view.loss, loss, 2e-6)
				if err := libtorch.Backward(loss); err != nil {
					t.Fatal(err)
				}
				want.near(name+view.grad+"sentence", s.Gradient(sentence), 1e-5)
				want.near(name+view.grad+"skill", s.Gradient(skill), 1e-5)
				want.near(name+view.grad+"logit_scale", s.Gradient(scale), 1e-5)
			})
		}
	}
}

func TestMarginLossMatchesPyTorch(t *testing.T) {
	want := openGolden(t, "margin")
	run(t, func(s *libtorch.Scope) {
		sentence, skill := want.tensor(s, "sentence"), want.tensor(s, "skill")
		loss := MarginLoss(s, sentence, skill, want.pairing("positive"), 0.5, libtorch.CPU)
		want.near("loss", loss, 1e-6)
		if err := libtorch.Backward(loss); err != nil {
			t.Fatal(err)
		}
		want.near("grad.sentence", s.Gradient(sentence), 1e-6)
		want.near("grad.skill", s.Gradient(skill), 1e-6)
	})
}

func TestWeightedBCEMatchesPyTorch(t *testing.T) {
	want := openGolden(t, "weighted-bce")
	run(t, func(s *libtorch.Scope) {
		logits := want.tensor(s, "logits")
		labels, shape := want.floats("labels")
		weight, _ := want.floats("pos_weight")
		loss := s.WeightedBCE(logits, s.Float32s(labels, shape...), s.Float32s(weight, 1))
		want.near("loss", loss, 2e-6)
		if err := libtorch.Backward(loss); err != nil {
			t.Fatal(err)
		}
		want.near("grad.logits", s.Gradient(logits), 1e-6)
	})
}

func TestPairingWithoutPositiveIsAnError(t *testing.T) {
	err := libtorch.Do(func(s *libtorch.Scope) error {
		x := s.Zeros(libtorch.Float32, libtorch.CPU, 2, 3)
		InfoNCE(s, x, x, s.Zeros(libtorch.Float32, libtorch.CPU, 1), Pairing{2, 2, []bool{true, false, false, false}}, true, libtorch.CPU)
		return nil
	})
	if err == nil {
		t.Error("a sentence without a skill was accepted")
	}
}
