package model

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"testing"

	"skillspace/internal/libtorch"
)

// mixedBatch holds sequences of 1 to 40 tokens with ids from 1 to vocabulary-1.
func mixedBatch(t *testing.T, vocabulary, seed int) *Batch {
	t.Helper()
	var sequences [][]int32
	for i, length := range []int{7, 1, 40, 2, 17, 16, 8, 33, 9} {
		sequence := make([]int32, length)
		for k := range sequence {
			sequence[k] = int32(1 + (seed*131+i*37+k*k*11)%(vocabulary-1))
		}
		sequences = append(sequences, sequence)
	}
	b, err := NewBatch(sequences)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// gradients returns every parameter's gradient of a fixed weighting of the hidden states, and clears them.
func gradients(t *testing.T, s *libtorch.Scope, e *Encoder, hidden libtorch.Tensor) map[string][]float32 {
	t.Helper()
	shape, err := hidden.Shape()
	if err != nil {
		t.Fatal(err)
	}
	weights := make([]float32, shape[0]*shape[1])
	for i := range weights {
		weights[i] = float32(math.Sin(float64(i)))
	}
	if err := libtorch.Backward(s.Sum(s.Mul(hidden, s.ToDevice(s.Float32s(weights, shape...), e.device)))); err != nil {
		t.Fatal(err)
	}
	out := map[string][]float32{}
	for _, p := range e.parameters.list {
		values, err := s.Gradient(p.Tensor).Float32s()
		if err != nil {
			t.Fatalf("gradient of %s: %v", p.Name, err)
		}
		out[p.Name] = values
		if err := libtorch.ClearGradients([]libtorch.Tensor{p.Tensor}); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func nearest(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	worst, scale := 0.0, 1.0
	for i := range want {
		worst = max(worst, math.Abs(float64(got[i]-want[i])))
		scale = max(scale, math.Abs(float64(want[i])))
	}
	if !(worst <= tolerance*scale) {
		t.Errorf("%s differs by %.3g (largest value %.3g)", what, worst, scale)
	}
}

// TestFusedEncoderEqualsComposed compares our kernels with libtorch's operations, which CUDA runs.
func TestFusedEncoderEqualsComposed(t *testing.T) {
	for name, folder := range map[string]string{"tiny": tinyBERT, "RoBERTa": tinyRoBERTa, "MiniLM": miniLM(t)} {
		t.Run(name, func(t *testing.T) {
			e := openEncoder(t, folder)
			b := mixedBatch(t, int(e.Config.VocabSize), 1)
			run(t, func(s *libtorch.Scope) {
				l := b.layout(s, libtorch.CPU, libtorch.Float32)
				fused := e.forward(s, l, false)
				l.composed = true
				composed := e.forward(s, l, false)
				got, want := floats(t, fused), floats(t, composed)
				nearest(t, "hidden states", got, want, 1e-5)
				fusedGradients, composedGradients := gradients(t, s, e, fused), gradients(t, s, e, composed)
				for name, want := range composedGradients {
					nearest(t, "gradient of "+name, fusedGradients[name], want, 1e-4)
				}
			})
		})
	}
}

func floats(t *testing.T, x libtorch.Tensor) []float32 {
	t.Helper()
	values, err := x.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// TestPlainKernelsPassTheSameTests runs the encoder's tests on the kernels of a processor without AVX.
func TestPlainKernelsPassTheSameTests(t *testing.T) {
	if os.Getenv("SKILLSPACE_KERNELS") != "" {
		t.Skip("runs the other tests in a process of its own")
	}
	command := exec.Command(os.Args[0], "-test.run=TinyFamilies|FusedEncoder|Dropout|HeadMatches")
	command.Env = append(os.Environ(), "SKILLSPACE_KERNELS=default")
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("with SKILLSPACE_KERNELS=default: %v\n%s", err, out)
	}
}

// dropped runs the encoder in training with dropout p from a fixed generator state.
func dropped(t *testing.T, s *libtorch.Scope, e *Encoder, b *Batch, state []byte, p float64) libtorch.Tensor {
	t.Helper()
	e.SetDropout(p)
	if err := libtorch.SetGeneratorState(state); err != nil {
		t.Fatal(err)
	}
	return e.forward(s, b.layout(s, libtorch.CPU, libtorch.Float32), true)
}

func generatorState(t *testing.T, seed uint64) []byte {
	t.Helper()
	if err := libtorch.Seed(seed); err != nil {
		t.Fatal(err)
	}
	state, err := libtorch.GeneratorState()
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// TestDropoutGradientsMatchFiniteDifferences moves single weights with the masks held fixed by the generator's state.
func TestDropoutGradientsMatchFiniteDifferences(t *testing.T) {
	e := openEncoder(t, tinyBERT)
	b := mixedBatch(t, int(e.Config.VocabSize), 2)
	run(t, func(s *libtorch.Scope) {
		state := generatorState(t, 5)
		got := gradients(t, s, e, dropped(t, s, e, b, state, 0.2))
		loss := func() float64 {
			var total float64
			libtorch.NoGrad(func() {
				for i, v := range floats(t, dropped(t, s, e, b, state, 0.2)) {
					total += float64(v) * math.Sin(float64(i))
				}
			})
			return total
		}
		for _, name := range []string{"attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
			"attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm"} {
			for _, kind := range []string{".weight", ".bias"} {
				full := "encoder.layer.0." + name + kind
				if name+kind == "attention.self.key.bias" {
					continue // softmax does not depend on it: the gradient is zero up to rounding
				}
				p := e.parameters.list[e.parameters.index[full]]
				values := floats(t, p.Tensor)
				at := largest(got[full])
				set := func(v float32) {
					moved := slices.Clone(values)
					moved[at] = v
					if err := libtorch.CopyInto(p.Tensor, s.Float32s(moved, p.Shape...)); err != nil {
						t.Fatal(err)
					}
				}
				const step = 4e-3
				set(values[at] + step)
				above := loss()
				set(values[at] - step)
				below := loss()
				set(values[at])
				want := (above - below) / (2 * step)
				if g := float64(got[full][at]); math.Abs(g-want) > 0.02*math.Abs(want)+5e-3 {
					t.Errorf("%s[%d]: gradient %.5f, finite difference %.5f", full, at, g, want)
				}
			}
		}
	})
}

func largest(values []float32) int {
	at := 0
	for i, v := range values {
		if math.Abs(float64(v)) > math.Abs(float64(values[at])) {
			at = i
		}
	}
	return at
}

func TestDropoutFollowsTheGenerator(t *testing.T) {
	e := openEncoder(t, tinyBERT)
	b := mixedBatch(t, int(e.Config.VocabSize), 3)
	run(t, func(s *libtorch.Scope) {
		libtorch.NoGrad(func() {
			state := generatorState(t, 9)
			first, again := floats(t, dropped(t, s, e, b, state, 0.1)), floats(t, dropped(t, s, e, b, state, 0.1))
			if !slices.Equal(first, again) {
				t.Error("the same generator state gave other masks")
			}
			next := floats(t, e.forward(s, b.layout(s, libtorch.CPU, libtorch.Float32), true))
			if slices.Equal(first, next) {
				t.Error("the next pass repeated the masks")
			}
			if plain := floats(t, e.forward(s, b.layout(s, libtorch.CPU, libtorch.Float32), false)); slices.Equal(first, plain) {
				t.Error("dropout did nothing")
			}
		})
	})
}

func TestRecomputedGradientsAreTheSame(t *testing.T) {
	e := openEncoder(t, tinyBERT)
	b := mixedBatch(t, int(e.Config.VocabSize), 4)
	run(t, func(s *libtorch.Scope) {
		state := generatorState(t, 3)
		want := gradients(t, s, e, dropped(t, s, e, b, state, 0.1))
		e.Recompute = true
		got := gradients(t, s, e, dropped(t, s, e, b, state, 0.1))
		for name := range want {
			if !slices.Equal(got[name], want[name]) {
				t.Errorf("gradient of %s changed with recomputation", name)
			}
		}
	})
}

func TestBFloat16StaysCloseToFloat32(t *testing.T) {
	e := openEncoder(t, miniLM(t))
	tower, err := NewTower(e, HeadConfig{Pooling: AttentionPooling, BiLSTM: true})
	if err != nil {
		t.Fatal(err)
	}
	defer tower.head.parameters.Close()
	b := mixedBatch(t, 20000, 5)
	run(t, func(s *libtorch.Scope) {
		libtorch.NoGrad(func() {
			full, half := floats(t, tower.Embed(s, b, libtorch.Float32, false)), floats(t, tower.Embed(s, b, libtorch.BFloat16, false))
			for i := range b.Size() {
				cosine := 0.0
				for k := i * 384; k < (i+1)*384; k++ {
					cosine += float64(full[k]) * float64(half[k])
				}
				if cosine < 0.999 {
					t.Errorf("sequence %d: cosine %.5f between bf16 and fp32", i, cosine)
				}
			}
		})
	})
}

// TestSparseWordGradientsTrainLikeDenseOnes takes AdamW steps on batches that name different tokens.
func TestSparseWordGradientsTrainLikeDenseOnes(t *testing.T) {
	train := func(composed, rowsOnly bool) (trained []float32, untouched string) {
		e := openEncoder(t, tinyBERT)
		run(t, func(s *libtorch.Scope) {
			list := e.parameters.list
			tensors := make([]libtorch.Tensor, len(list))
			m, v, groups := slices.Clone(tensors), slices.Clone(tensors), make([]libtorch.AdamWGroup, len(list))
			for i, p := range list {
				tensors[i], m[i], v[i] = p.Tensor, s.ZerosLike(p.Tensor), s.ZerosLike(p.Tensor)
			}
			before := floats(t, list[0].Tensor)
			for step := range 6 {
				s.Within(func(in *libtorch.Scope) {
					b := mixedBatch(t, 20+step*30, step)
					l := b.layout(in, libtorch.CPU, libtorch.Float32)
					if composed {
						l.composed = true
					}
					hidden := e.forward(in, l, false)
					if err := libtorch.Backward(in.Sum(in.Mul(hidden, hidden))); err != nil {
						t.Fatal(err)
					}
				})
				for i := range groups {
					groups[i] = libtorch.AdamWGroup{LearningRate: 1e-3, WeightDecay: 0.01, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Step: int64(step + 1), RowsOnly: rowsOnly}
				}
				if _, err := libtorch.ClipGradients(tensors, 1); err != nil {
					t.Fatal(err)
				}
				if err := libtorch.AdamW(tensors, m, v, groups); err != nil {
					t.Fatal(err)
				}
				if err := libtorch.ClearGradients(tensors); err != nil {
					t.Fatal(err)
				}
			}
			trained = floats(t, list[0].Tensor)
			untouched = fmt.Sprint(slices.Equal(before[199*32:], trained[199*32:]))
		})
		return trained, untouched
	}
	dense, _ := train(true, false)
	sparse, decayed := train(false, false)
	rows, same := train(false, true)
	nearest(t, "word embeddings", sparse, dense, 2e-5)
	if decayed != "false" || same != "true" {
		t.Errorf("the row of a token that no batch named stayed the same: %s in a full update, %s in one of named rows only", decayed, same)
	}
	if slices.Equal(rows, sparse) {
		t.Error("updating named rows only made no difference")
	}
}
