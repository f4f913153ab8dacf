package model

import (
	"math"
	"testing"

	"skillspace/internal/libtorch"
)

func (r reference) pairing(name string) Pairing {
	values, shape := r.ints(name)
	p := Pairing{Skills: int(shape[1]), Positive: make([][]int, shape[0])}
	for i, v := range values {
		if row := i / p.Skills; v != 0 {
			p.Positive[row] = append(p.Positive[row], i%p.Skills)
		}
	}
	return p
}

// Blocks of few scores, some of them single rows, must add up to the same loss as one block.
func TestInfoNCEMatchesPyTorch(t *testing.T) {
	want := openGolden(t, "info-nce")
	for _, name := range []string{"plain.", "full_row.", "hard_negatives."} {
		for _, view := range []struct {
			loss, grad string
			symmetric  bool
		}{{"loss", "grad.", false}, {"symmetric_loss", "symmetric_grad.", true}} {
			for _, elements := range []int{scoreBlock, 20, 1} {
				run(t, func(s *libtorch.Scope) {
					sentence, skill, scale := want.tensor(s, name+"sentence"), want.tensor(s, name+"skill"), want.tensor(s, name+"logit_scale")
					terms, err := infoNCE(want.pairing(name+"positive"), scale, view.symmetric, libtorch.CPU, elements)
					if err != nil {
						t.Fatal(err)
					}
					loss := Total(s, terms, sentence, skill)
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
}

func TestMarginLossMatchesPyTorch(t *testing.T) {
	want := openGolden(t, "margin")
	run(t, func(s *libtorch.Scope) {
		sentence, skill := want.tensor(s, "sentence"), want.tensor(s, "skill")
		terms, err := MarginLoss(want.pairing("positive"), 0.5, libtorch.CPU)
		if err != nil {
			t.Fatal(err)
		}
		loss := Total(s, terms, sentence, skill)
		want.near("loss", loss, 1e-6)
		if err := libtorch.Backward(loss); err != nil {
			t.Fatal(err)
		}
		want.near("grad.sentence", s.Gradient(sentence), 1e-6)
		want.near("grad.skill", s.Gradient(skill), 1e-6)
	})
}

// A column that every sentence ignores counts as little as one that is not there.
func TestIgnoredColumnsDoNotCount(t *testing.T) {
	positive := [][]int{{0}, {1, 2}}
	ignoring := Pairing{Skills: 4, Positive: positive, Ignored: [][]int{{3}, {3}}}
	objectives := map[string]func(p Pairing, scale libtorch.Tensor) ([]Term, error){
		"infonce": func(p Pairing, scale libtorch.Tensor) ([]Term, error) { return InfoNCE(p, scale, true, libtorch.CPU) },
		"margin":  func(p Pairing, _ libtorch.Tensor) ([]Term, error) { return MarginLoss(p, 0.5, libtorch.CPU) },
	}
	for name, objective := range objectives {
		run(t, func(s *libtorch.Scope) {
			sentences, skills := s.Normalize(s.Normal(0, 1, 2, 6)), s.Normalize(s.Normal(0, 1, 4, 6))
			scale := s.Float32s([]float32{1}, 1)
			value := func(p Pairing) float64 {
				terms, err := objective(p, scale)
				if err != nil {
					t.Fatal(err)
				}
				loss, err := Total(s, terms, sentences, s.Narrow(skills, 0, 0, int64(p.Skills))).Float()
				if err != nil {
					t.Fatal(err, s.Err())
				}
				return loss
			}
			with, without, counted := value(ignoring), value(Pairing{Skills: 3, Positive: positive}), value(Pairing{Skills: 4, Positive: positive})
			if math.Abs(with-without) > 1e-6 || math.Abs(counted-without) < 1e-4 {
				t.Errorf("%s: %v ignoring a column, %v without it, %v counting it", name, with, without, counted)
			}
		})
	}
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

func TestPairingIsChecked(t *testing.T) {
	for name, p := range map[string]Pairing{
		"a sentence without a skill":   {Skills: 2, Positive: [][]int{{1}, {}}},
		"a column outside":             {Skills: 2, Positive: [][]int{{2}}},
		"a column twice":               {Skills: 2, Positive: [][]int{{1, 1}}},
		"a positive that is ignored":   {Skills: 2, Positive: [][]int{{1}}, Ignored: [][]int{{1}}},
		"too few rows of ignored ones": {Skills: 2, Positive: [][]int{{0}, {1}}, Ignored: [][]int{{1}}},
		"no sentence":                  {Skills: 2},
	} {
		if _, err := InfoNCE(p, libtorch.Tensor{}, true, libtorch.CPU); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
