package train

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"skillspace/internal/libtorch"
	"skillspace/model"
	"skillspace/model/loss"
)

// numberedTexts gives skill n a text of its own, of 3 to 9 tokens, and draws a token of it.
type numberedTexts struct{}

func (numberedTexts) Draw(skill int, random *rand.Rand) []int32 {
	text := []int32{2, int32(20 + skill)}
	for range skill % 7 {
		text = append(text, int32(60+skill))
	}
	return append(text, int32(100+random.IntN(80)), 3)
}

// tinyPairs is a task of forty sentences over a model with every part of the head. No part is at its neutral initial value.
func tinyPairs(t *testing.T, shared bool, dropout float64) *BiEncoderTask {
	t.Helper()
	if err := libtorch.Seed(3); err != nil {
		t.Fatal(err)
	}
	tower := func() *model.Tower {
		encoder, err := model.LoadEncoder("../testdata/tiny-bert", testDevice(t))
		if err != nil {
			t.Fatal(err)
		}
		encoder.SetDropout(dropout)
		tower, err := model.NewTower(encoder, model.HeadConfig{Pooling: model.AttentionPooling, BiLSTM: true, Projection: 16})
		if err != nil {
			t.Fatal(err)
		}
		return tower
	}
	sentence := tower()
	skill := sentence
	if !shared {
		skill = tower()
	}
	biencoder, err := model.NewBiEncoder(sentence, skill, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(biencoder.Close)
	task := &BiEncoderTask{Model: biencoder, Texts: numberedTexts{}, Loss: &loss.InfoNCE{Symmetric: true},
		Precision: libtorch.Float32}
	task.Batching.Size, task.Batching.Seed = 8, 5
	random := rand.New(rand.NewPCG(1, 1))
	for i := range 40 {
		e := PairExample{Tokens: []int32{2}, Skills: []int{i % 23}}
		for range 2 + random.IntN(12) {
			e.Tokens = append(e.Tokens, int32(5+random.IntN(190)))
		}
		if i%3 == 0 {
			e.Skills = append(e.Skills, 23+i%5)
		}
		e.Tokens = append(e.Tokens, 3)
		task.Examples = append(task.Examples, e)
	}
	perturbGates(t, biencoder)
	return task
}

// perturbGates moves the parameters that start at zero. Behind a closed gate all gradients are zero, so comparing them proves nothing.
func perturbGates(t *testing.T, biencoder *model.BiEncoder) {
	t.Helper()
	err := libtorch.Do(func(s *libtorch.Scope) error {
		for _, p := range model.AllParameters(biencoder.ParameterGroups()) {
			switch p.Name {
			case "head.gate", "head.attention.score", "skill_head.gate", "skill_head.attention.score":
				if err := libtorch.CopyInto(p.Tensor, s.Normal(0, 0.5, p.Shape...)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// gradients runs accumulate and returns the gradient of every parameter by name, which it clears.
func gradients(t *testing.T, task Task, accumulate func(s *libtorch.Scope) (float64, error)) (all map[string][]float32, loss float64) {
	t.Helper()
	all = map[string][]float32{}
	err := libtorch.Do(func(s *libtorch.Scope) (err error) {
		if loss, err = accumulate(s); err != nil {
			return err
		}
		var tensors []libtorch.Tensor
		for _, p := range model.AllParameters(task.ParameterGroups()) {
			tensors = append(tensors, p.Tensor)
			g := s.Gradient(p.Tensor)
			if !g.Defined() {
				t.Errorf("%s has no gradient", p.Name)
				continue
			}
			if all[p.Name], err = g.Float32s(); err != nil {
				return err
			}
		}
		return libtorch.ClearGradients(tensors)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, loss
}

// testDevice is where the tests of training compute: the device that SKILLSPACE_DEVICE names, as make gpu-check sets it, or
// the CPU.
func testDevice(t *testing.T) libtorch.Device {
	t.Helper()
	device, err := libtorch.Choose(cmp.Or(os.Getenv("SKILLSPACE_DEVICE"), "cpu"))
	if err != nil {
		t.Fatal(err)
	}
	return device
}

// sameGradients allows differences of 1e-5, relative to a parameter's largest gradient where that is above one.
func sameGradients(t *testing.T, got, want map[string][]float32) {
	t.Helper()
	for name := range want {
		largest, worst := 0.0, 0.0
		for i, w := range want[name] {
			largest = max(largest, math.Abs(float64(w)))
			worst = max(worst, math.Abs(float64(w-got[name][i])))
		}
		if worst > 1e-5*max(largest, 1) || largest == 0 || math.IsNaN(largest) {
			t.Errorf("%s: gradients differ by %.3g, the largest is %.3g", name, worst, largest)
		}
	}
}

func prepare(t *testing.T, task *BiEncoderTask, chunk int) Batch {
	t.Helper()
	examples := make([]int, len(task.Examples))
	for i := range examples {
		examples[i] = i
	}
	task.ChunkSize = chunk
	b, err := task.Prepare(examples, Position{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Without dropout, GradCache must give the gradients of the batch encoded whole.
func TestGradCacheEqualsTheWholeBatch(t *testing.T) {
	for _, shared := range []bool{true, false} {
		for kind, objective := range map[string]loss.Contrastive{"infonce": &loss.InfoNCE{Symmetric: true}, "margin": &loss.Margin{Margin: 0.5}} {
			t.Run(fmt.Sprint(kind, ", shared ", shared), func(t *testing.T) {
				task := tinyPairs(t, shared, 0)
				task.Loss = objective
				whole := prepare(t, task, 0)
				want, wantLoss := gradients(t, withoutScale{task, kind}, func(*libtorch.Scope) (float64, error) { return whole.Accumulate(0.5) })
				for _, size := range []int{1, 7, 64} { // more than coalesceEvery chunks, a last chunk that is shorter, a single chunk
					b := prepare(t, task, size)
					got, loss := gradients(t, withoutScale{task, kind}, func(*libtorch.Scope) (float64, error) { return b.Accumulate(0.5) })
					if math.Abs(loss-wantLoss) > 1e-5 {
						t.Errorf("chunks of %d: loss %v, whole %v", size, loss, wantLoss)
					}
					sameGradients(t, got, want)
				}
			})
		}
	}
}

// withoutScale leaves the temperature out, which the margin loss does not use.
type withoutScale struct {
	*BiEncoderTask
	kind string
}

func (w withoutScale) ParameterGroups() []model.ParameterGroup {
	groups := w.BiEncoderTask.ParameterGroups()
	if w.kind == "margin" {
		groups = groups[:len(groups)-1]
	}
	return groups
}

// With dropout, GradCache must give the gradients of one graph over the same chunks with the same dropout.
func TestGradCacheReplaysDropout(t *testing.T) {
	for _, shared := range []bool{true, false} {
		task := tinyPairs(t, shared, 0.3)
		b := prepare(t, task, 6).(*chunkedBatch)
		want, wantLoss := gradients(t, task, func(s *libtorch.Scope) (float64, error) {
			all := func(chunks []chunk) libtorch.Tensor {
				var rows []libtorch.Tensor
				for _, c := range chunks {
					rows = append(rows, c.embed(s, task.Precision))
				}
				return s.Cat(0, rows...)
			}
			return backward(s, loss.Total(s, b.terms, task.outputs(s, all(b.sentences), all(b.skills))), 1)
		})
		got, loss := gradients(t, task, func(*libtorch.Scope) (float64, error) { return b.Accumulate(1) })
		if math.Abs(loss-wantLoss) > 1e-5 {
			t.Errorf("shared %v: loss %v, one graph %v", shared, loss, wantLoss)
		}
		sameGradients(t, got, want)
		without := tinyPairs(t, shared, 0)
		plain := prepare(t, without, 6)
		if _, other := gradients(t, without, func(*libtorch.Scope) (float64, error) { return plain.Accumulate(1) }); math.Abs(other-loss) < 1e-3 {
			t.Errorf("shared %v: dropout changed nothing, so this test shows nothing", shared)
		}
	}
}
