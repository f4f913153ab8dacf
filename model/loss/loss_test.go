package loss

import (
	"math"
	"path/filepath"
	"testing"

	"skillspace/internal/libtorch"
	"skillspace/internal/reference"
)

func openReference(t *testing.T, name string) reference.Values {
	t.Helper()
	return reference.Open(t, filepath.Join("..", "..", "testdata", "reference", name+".safetensors"))
}

// run executes a test inside libtorch.Do.
func run(t *testing.T, f func(s *libtorch.Scope)) {
	t.Helper()
	if err := libtorch.Do(func(s *libtorch.Scope) error { f(s); return nil }); err != nil {
		t.Fatal(err)
	}
}

func pairing(r reference.Values, name string) Pairing {
	values, shape := r.Ints(name)
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
	want := openReference(t, "info-nce")
	for _, name := range []string{"plain.", "full_row.", "hard_negatives."} {
		for _, view := range []struct {
			loss, grad string
			symmetric  bool
		}{{"loss", "grad.", false}, {"symmetric_loss", "symmetric_grad.", true}} {
			for _, elements := range []int{scoreBlock, 20, 1} {
				run(t, func(s *libtorch.Scope) {
					sentence, skill, scale := want.Tensor(s, name+"sentence"), want.Tensor(s, name+"skill"), want.Tensor(s, name+"logit_scale")
					terms, err := (&InfoNCE{Symmetric: view.symmetric}).terms(pairing(want, name+"positive"), elements)
					if err != nil {
						t.Fatal(err)
					}
					loss := Total(s, terms, Embeddings{SentencesBD: sentence, SkillsSD: skill, LogitScale: scale, Device: libtorch.CPU})
					want.Near(name+view.loss, loss, 2e-6)
					if err := libtorch.Backward(loss); err != nil {
						t.Fatal(err)
					}
					want.Near(name+view.grad+"sentence", s.Gradient(sentence), 1e-5)
					want.Near(name+view.grad+"skill", s.Gradient(skill), 1e-5)
					want.Near(name+view.grad+"logit_scale", s.Gradient(scale), 1e-5)
				})
			}
		}
	}
}

func TestMarginLossMatchesPyTorch(t *testing.T) {
	want := openReference(t, "margin")
	run(t, func(s *libtorch.Scope) {
		sentence, skill := want.Tensor(s, "sentence"), want.Tensor(s, "skill")
		terms, err := (&Margin{Margin: 0.5}).Terms(pairing(want, "positive"))
		if err != nil {
			t.Fatal(err)
		}
		loss := Total(s, terms, Embeddings{SentencesBD: sentence, SkillsSD: skill, Device: libtorch.CPU})
		want.Near("loss", loss, 1e-6)
		if err := libtorch.Backward(loss); err != nil {
			t.Fatal(err)
		}
		want.Near("grad.sentence", s.Gradient(sentence), 1e-6)
		want.Near("grad.skill", s.Gradient(skill), 1e-6)
	})
}

// A column that every sentence ignores must not change the loss.
func TestIgnoredColumnsDoNotCount(t *testing.T) {
	positive := [][]int{{0}, {1, 2}}
	ignoring := Pairing{Skills: 4, Positive: positive, Ignored: [][]int{{3}, {3}}}
	objectives := map[string]Contrastive{"infonce": &InfoNCE{Symmetric: true}, "margin": &Margin{Margin: 0.5}}
	for name, objective := range objectives {
		run(t, func(s *libtorch.Scope) {
			sentences, skills := s.Normalize(s.Normal(0, 1, 2, 6)), s.Normalize(s.Normal(0, 1, 4, 6))
			scale := s.Float32s([]float32{1}, 1)
			value := func(p Pairing) float64 {
				terms, err := objective.Terms(p)
				if err != nil {
					t.Fatal(err)
				}
				loss, err := Total(s, terms, Embeddings{sentences, s.Narrow(skills, 0, 0, int64(p.Skills)), scale, libtorch.CPU}).Float()
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

func TestBCEMatchesPyTorch(t *testing.T) {
	want := openReference(t, "weighted-bce")
	run(t, func(s *libtorch.Scope) {
		logits := want.Tensor(s, "logits")
		labels, _ := want.Floats("labels")
		weight, _ := want.Floats("pos_weight")
		terms, err := BCE{}.Terms(Labels{Targets: labels, PositiveWeight: float64(weight[0])})
		if err != nil {
			t.Fatal(err)
		}
		loss := Total(s, terms, Logits{logits, libtorch.CPU})
		want.Near("loss", loss, 2e-6)
		if err := libtorch.Backward(loss); err != nil {
			t.Fatal(err)
		}
		want.Near("grad.logits", s.Gradient(logits), 1e-6)
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
		if _, err := (&InfoNCE{Symmetric: true}).Terms(p); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
