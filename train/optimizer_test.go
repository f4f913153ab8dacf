package train

import (
	"math"
	"slices"
	"testing"

	"skillspace/internal/libtorch"
	"skillspace/model"
)

func TestLayerRates(t *testing.T) {
	want := map[string]float64{
		"encoder.embeddings.word_embeddings.weight": 0.25, "encoder.embeddings.LayerNorm.bias": 0.25,
		"encoder.encoder.layer.0.output.dense.weight": 0.5, "encoder.encoder.layer.1.attention.self.query.bias": 1,
		"skill_encoder.encoder.layer.0.output.dense.weight": 0.5, "skill_encoder.embeddings.LayerNorm.bias": 0.25,
		"head.lstm.weight_ih_l0": 1, "loss.logit_scale": 1,
	}
	parameters := model.AllParameters(tinyPairs(t, false, 0).ParameterGroups())
	rates := layerRates(parameters, 0.5)
	for i, p := range parameters {
		if rate, named := want[p.Name]; named && math.Abs(rates[i]-rate) > 1e-12 {
			t.Errorf("%s: %v, want %v", p.Name, rates[i], rate)
		}
		delete(want, p.Name)
	}
	if len(want) > 0 {
		t.Errorf("not among the parameters: %v", want)
	}
}

// DistilBERT's layers have other names.
func TestLayerRatesOfDistilBERT(t *testing.T) {
	parameters := []model.Parameter{{Name: "encoder.embeddings.LayerNorm.bias"}, {Name: "encoder.transformer.layer.0.ffn.lin1.bias"}, {Name: "encoder.transformer.layer.1.ffn.lin1.bias"}}
	if rates := layerRates(parameters, 0.5); !slices.Equal(rates, []float64{0.25, 0.5, 1}) {
		t.Errorf("%v", rates)
	}
}

// trained runs the tiny filter's task for an epoch and returns the word embeddings before and after, a row a token.
func trained(t *testing.T, o OptimizerOptions) (before, after [][]float32) {
	t.Helper()
	task := tinyFilter(t)
	words := model.AllParameters(task.ParameterGroups())[0]
	rows := func() [][]float32 {
		all, err := words.Tensor.Float32s()
		if err != nil || words.Name != "encoder.embeddings.word_embeddings.weight" {
			t.Fatal(words.Name, err)
		}
		return slices.Collect(slices.Chunk(all, int(words.Shape[1])))
	}
	before = rows()
	err := libtorch.Do(func(*libtorch.Scope) error {
		loop, err := NewLoop(task, LoopOptions{Epochs: 1, Accumulation: 1, Optimizer: o})
		if err != nil {
			return err
		}
		defer loop.Close()
		return loop.Run(t.Context())
	})
	if err != nil {
		t.Fatal(err)
	}
	return before, rows()
}

// The filter's sentences contain tokens 2, 3 and 10 to 20. Weight decay moves the rows of all other tokens too, unless RowsOnly is
// set.
func TestSparseEmbeddingsLeaveUnnamedRowsAlone(t *testing.T) {
	for _, rowsOnly := range []bool{false, true} {
		before, after := trained(t, OptimizerOptions{LearningRate: 1e-3, HeadLearningRate: 1e-3, WeightDecay: 0.1, Beta1: 0.9, Beta2: 0.999,
			Epsilon: 1e-8, LayerDecay: 1, RowsOnly: rowsOnly})
		if slices.Equal(before[15], after[15]) {
			t.Errorf("rows only %v: a row that was named did not move", rowsOnly)
		}
		if same := slices.Equal(before[100], after[100]); same != rowsOnly {
			t.Errorf("rows only %v: a row that no text named stayed as it was: %v", rowsOnly, same)
		}
	}
}

// Two rates that differ only below the last layer must move the word embeddings by that ratio: Adam's first step is as large as the rate.
func TestLayerDecayScalesTheStep(t *testing.T) {
	moved := func(decay float64) float64 {
		task := tinyFilter(t)
		task.Examples = task.Examples[:2]
		before := values(t, task)
		err := libtorch.Do(func(*libtorch.Scope) error {
			loop, err := NewLoop(task, LoopOptions{Epochs: 1, Accumulation: 1, Optimizer: OptimizerOptions{LearningRate: 1e-3, HeadLearningRate: 1e-3,
				Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-12, LayerDecay: decay}})
			if err != nil {
				return err
			}
			defer loop.Close()
			return loop.Run(t.Context())
		})
		if err != nil {
			t.Fatal(err)
		}
		after, largest := values(t, task), 0.0
		for i := range 200 * 32 { // the word embeddings
			largest = max(largest, math.Abs(float64(after[i]-before[i])))
		}
		return largest
	}
	if ratio := moved(0.5) / moved(1); math.Abs(ratio-0.25) > 1e-3 {
		t.Errorf("with two layers above and a decay of 0.5 the word embeddings move by %v of their step, want 0.25", ratio)
	}
}
