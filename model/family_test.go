package model

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"skillspace/internal/libtorch"
	"skillspace/model/family"
)

// tinyFamilies are the folders in testdata, tiny-NAME, that transformers made of each family.
var tinyFamilies = []string{"bert", "roberta", "xlm-roberta", "camembert", "distilbert", "electra", "mpnet"}

func tinyFolder(name string) string { return filepath.Join("..", "testdata", "tiny-"+name) }

func TestEveryFamilyHasATinyModel(t *testing.T) {
	if want := slices.Sorted(slices.Values(tinyFamilies)); !slices.Equal(family.ModelTypes(), want) {
		t.Errorf("families %v, tiny models of %v", family.ModelTypes(), want)
	}
}

// Hidden states and gradients equal those of transformers, both in fused layers, where the CPU has them, and in layers
// composed of single operations.
func TestTinyFamiliesHiddenStatesAndGradients(t *testing.T) {
	for _, name := range tinyFamilies {
		t.Run(name, func(t *testing.T) {
			want, e := openGolden(t, "tiny-"+name), openEncoder(t, tinyFolder(name))
			if fused := name != "mpnet"; e.CanRecompute() != fused {
				t.Errorf("fused layers: %t, want %t", !fused, fused)
			}
			checkGradients(t, want, e, false)
			checkGradients(t, want, e, true)
		})
	}
}

func checkGradients(t *testing.T, want values, e *Encoder, composed bool) {
	t.Helper()
	run(t, func(s *libtorch.Scope) {
		l := want.batch().layout(s, libtorch.CPU, libtorch.Float32)
		l.composed = composed
		hidden := e.forward(s, l, false)
		want.Near("hidden", hidden, 1e-5)
		weights, shape := want.Floats("loss_weights")
		if err := libtorch.Backward(s.Sum(s.Mul(hidden, s.Float32s(weights, shape...)))); err != nil {
			t.Fatal(err)
		}
		for _, p := range e.Parameters().List() {
			want.Near("grad."+p.Name, s.Gradient(p.Tensor), 2e-4)
		}
		if err := libtorch.ClearGradients(tensorsOf(e.Parameters())); err != nil {
			t.Fatal(err)
		}
	})
}

func tensorsOf(p *Parameters) (tensors []libtorch.Tensor) {
	for _, parameter := range p.List() {
		tensors = append(tensors, parameter.Tensor)
	}
	return tensors
}

// Steps of AdamW lower a loss on the embeddings of every family, in training with dropout.
func TestEveryFamilyTrains(t *testing.T) {
	for _, name := range tinyFamilies {
		t.Run(name, func(t *testing.T) {
			tower, err := NewTower(openEncoder(t, tinyFolder(name)), HeadConfig{Pooling: MeanPooling})
			if err != nil {
				t.Fatal(err)
			}
			defer tower.head.parameters.Close()
			first, last := trainedLosses(t, tower)
			if !(last < 0.7*first) {
				t.Errorf("the loss went from %.4f to %.4f", first, last)
			}
		})
	}
}

// trainedLosses pulls the embeddings of a batch towards their first number for ten steps.
func trainedLosses(t *testing.T, tower *Tower) (first, last float64) {
	b := mixedBatch(t, int(tower.Encoder.Config.VocabSize), 4)
	parameters := tensorsOf(tower.Encoder.Parameters())
	run(t, func(s *libtorch.Scope) {
		m, v, groups := make([]libtorch.Tensor, len(parameters)), make([]libtorch.Tensor, len(parameters)), make([]libtorch.AdamWGroup, len(parameters))
		for i, p := range parameters {
			m[i], v[i] = s.ZerosLike(p), s.ZerosLike(p)
		}
		for step := range 10 {
			s.Within(func(in *libtorch.Scope) {
				embeddings := tower.Embed(in, b, libtorch.Float32, true)
				distances := in.AddScalar(in.Narrow(embeddings, 1, 0, 1), -1)
				loss := in.Sum(in.Mul(distances, distances))
				if err := libtorch.Backward(loss); err != nil {
					t.Fatal(err)
				}
				value, err := loss.Float()
				if err != nil {
					t.Fatal(err)
				}
				if last = value; step == 0 {
					first = value
				}
			})
			for i := range groups {
				groups[i] = libtorch.AdamWGroup{LearningRate: 5e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Step: int64(step + 1)}
			}
			if err := libtorch.AdamW(parameters, m, v, groups); err != nil {
				t.Fatal(err)
			}
			if err := libtorch.ClearGradients(parameters); err != nil {
				t.Fatal(err)
			}
		}
	})
	return first, last
}

// bfloat16 stays near float32 in families whose layers are composed on the CPU.
func TestComposedFamilyInBFloat16(t *testing.T) {
	e := openEncoder(t, tinyFolder("mpnet"))
	tower, err := NewTower(e, HeadConfig{Pooling: MeanPooling})
	if err != nil {
		t.Fatal(err)
	}
	defer tower.head.parameters.Close()
	b := mixedBatch(t, int(e.Config.VocabSize), 6)
	run(t, func(s *libtorch.Scope) {
		libtorch.NoGrad(func() {
			full, half := floats(t, tower.Embed(s, b, libtorch.Float32, false)), floats(t, tower.Embed(s, b, libtorch.BFloat16, false))
			nearest(t, "embeddings in bfloat16", half, full, 0.03)
			if slices.Equal(full, half) {
				t.Error("bfloat16 computes what float32 does")
			}
		})
	})
}

func TestEveryFamilyKeepsLayersAndRefusesLongInput(t *testing.T) {
	for _, name := range tinyFamilies {
		whole, err := ReadEncoderConfig(tinyFolder(name))
		if err != nil {
			t.Fatal(err)
		}
		shallow, err := LoadEncoderLayers(tinyFolder(name), 1, libtorch.CPU)
		if err != nil {
			t.Fatal(err)
		}
		layers, err := shallow.Parameters().Layers(whole)
		if err != nil || layers != 1 || shallow.Config.Layers != 1 {
			t.Errorf("%s: %d layers, %v", name, layers, err)
		}
		deep := openEncoder(t, tinyFolder(name))
		for _, p := range shallow.Parameters().List() { // the last of the stored layers is kept
			from := strings.Replace(p.Name, ".layer.0.", ".layer.1.", 1)
			if got, want := floats(t, p.Tensor), floats(t, deep.Parameters().get(from)); !slices.Equal(got, want) {
				t.Errorf("%s: %s is not the stored %s", name, p.Name, from)
			}
		}
		shallow.Close()
		too := make([]int32, whole.LongestInput()+1)
		b, err := NewBatch([][]int32{too})
		if err != nil {
			t.Fatal(err)
		}
		if err := libtorch.Do(func(s *libtorch.Scope) error { deep.Hidden(s, b, false); return nil }); err == nil {
			t.Errorf("%s: %d tokens were accepted", name, len(too))
		}
	}
}

// Every refusal is one line that names the key, and an unknown family is told the known ones.
func TestConfigurationsThatAreRefused(t *testing.T) {
	for _, c := range []struct{ folder, old, new, want string }{
		{"bert", `"bert"`, `"t5"`, `model_type: "t5" is not supported (bert, camembert, distilbert, electra, mpnet, roberta, xlm-roberta are)`},
		{"bert", `"model_type": "bert",`, ``, `model_type: "" is not supported`},
		{"distilbert", `"n_layers": 2`, `"n_layers": 0`, "n_layers: 0 is out of range"},
		{"distilbert", `"dropout": 0.1`, `"dropout": 1`, "dropout: 1 is not in"},
		{"distilbert", `"activation": "gelu"`, `"activation": "silu"`, `activation: "silu" is not supported`},
		{"electra", `"embedding_size": 16`, `"embedding_size": -1`, "embedding_size: -1 is out of range"},
		{"mpnet", `"relative_attention_num_buckets": 32`, `"relative_attention_num_buckets": 16`, "relative_attention_num_buckets: 16 is not supported (32 is)"},
		{"mpnet", `"pad_token_id": 1`, `"pad_token_id": 200`, "pad_token_id: 200 is outside"},
		{"roberta", `"position_embedding_type": "absolute"`, `"position_embedding_type": "relative_key"`, "position_embedding_type"},
		{"bert", `"type_vocab_size": 2`, `"type_vocab_size": 0`, "type_vocab_size: 0 is out of range"},
		{"bert", `"num_hidden_layers": 2`, `"num_hidden_layers": 16777216`, "num_hidden_layers: 16777216 is out of range"},
		{"bert", `"hidden_size": 32`, `"hidden_size": 16777216`, "hidden_size: 16777216 is out of range"},
		{"bert", `"intermediate_size": 64`, `"intermediate_size": 16777216`, "intermediate_size: 16777216 is out of range"},
		{"bert", `"max_position_embeddings": 64`, `"max_position_embeddings": 16777216`, "max_position_embeddings: 16777216 is out of range"},
		{"bert", `"layer_norm_eps": 1e-12`, `"layer_norm_eps": 1e300`, "layer_norm_eps: 1e+300 is not in (0, 1]"},
	} {
		text := string(fileContent(t, filepath.Join(tinyFolder(c.folder), "config.json")))
		changed := strings.Replace(text, c.old, c.new, 1)
		if changed == text {
			t.Fatalf("%s has no %s", c.folder, c.old)
		}
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "config.json"), []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadEncoderConfig(folder); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s, %s: %v", c.folder, c.new, err)
		}
	}
}
