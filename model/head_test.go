package model

import (
	"math"
	"testing"

	"skillspace/internal/libtorch"
)

// referenceNames maps our head's parameters to the reference's.
var referenceNames = map[string]string{
	"attention.weight": "attention.dense.weight", "attention.bias": "attention.dense.bias", "attention.score": "attention.context",
	"lstm_output.weight": "output.weight", "lstm_output.bias": "output.bias", "gate": "gate", "projection.weight": "projection.weight",
}

func TestBiLSTMAttentionHeadMatchesPyTorch(t *testing.T) {
	want := openGolden(t, "bilstm-pooling")
	h, err := newHead(HeadConfig{Pooling: AttentionPooling, BiLSTM: true, BiLSTMState: 16, Projection: 16}, 32, libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	defer h.parameters.Close()
	lengths, _ := want.Ints("lengths")
	sequences := make([][]int32, len(lengths))
	for i, n := range lengths {
		sequences[i] = make([]int32, n)
	}
	b, err := NewBatch(sequences)
	if err != nil {
		t.Fatal(err)
	}
	run(t, func(s *libtorch.Scope) {
		stored := map[string]libtorch.Tensor{}
		for i, p := range h.parameters.list {
			name, renamed := referenceNames[p.Name]
			if !renamed {
				name = p.Name
			}
			value := want.Tensor(s, name)
			stored[name] = value
			h.parameters.list[i].Tensor = value
			if p.Name == "attention.score" {
				h.parameters.list[i].Tensor = s.Reshape(value, 1, -1)
			}
		}
		hidden := want.Tensor(s, "hidden")
		embedding := h.forward(s, hidden, b.layout(s, libtorch.CPU, libtorch.Float32))
		want.Near("embedding", embedding, 1e-6)
		weights, shape := want.Floats("loss_weights")
		if err := libtorch.Backward(s.Sum(s.Mul(embedding, s.Float32s(weights, shape...)))); err != nil {
			t.Fatal(err)
		}
		want.Near("grad.hidden", s.Gradient(hidden), 1e-5)
		for name, value := range stored {
			want.Near("grad."+name, s.Gradient(value), 1e-5)
		}
	})
}

func embed(t *testing.T, tower *Tower, sequences [][]int32) (rows [][]float32) {
	t.Helper()
	b, err := NewBatch(sequences)
	if err != nil {
		t.Fatal(err)
	}
	run(t, func(s *libtorch.Scope) {
		libtorch.NoGrad(func() {
			values, err := tower.Embed(s, b, libtorch.Float32, false).Float32s()
			if err != nil {
				t.Fatal(err, s.Err())
			}
			d := int(tower.Dimension())
			for i := range sequences {
				rows = append(rows, values[i*d:(i+1)*d])
			}
		})
	})
	return rows
}

func distance(a, b []float32) (worst float64) {
	for i := range a {
		worst = max(worst, math.Abs(float64(a[i]-b[i])))
	}
	return worst
}

// perturb gives every head parameter random values, so that a test does not pass because a gate is zero.
func perturb(t *testing.T, p *Parameters) {
	t.Helper()
	run(t, func(s *libtorch.Scope) {
		if err := libtorch.Seed(11); err != nil {
			t.Fatal(err)
		}
		for _, parameter := range p.list {
			if err := libtorch.CopyInto(parameter.Tensor, s.Normal(0, 0.5, parameter.Shape...)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestEmbeddingIgnoresPaddingAndCompany(t *testing.T) {
	short, long, other := []int32{2, 17, 3}, make([]int32, 40), []int32{2, 50, 60, 70, 3}
	for i := range long {
		long[i] = int32(5 + i)
	}
	for _, pooling := range []Pooling{MeanPooling, CLSPooling, AttentionPooling} {
		tower, err := NewTower(openEncoder(t, tinyBERT), HeadConfig{Pooling: pooling, BiLSTM: true, Projection: 8})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(tower.head.parameters.Close)
		perturb(t, tower.head.parameters)
		alone := embed(t, tower, [][]int32{short})[0]
		together := embed(t, tower, [][]int32{long, short, other})[1]
		if d := distance(alone, together); d > 5e-6 {
			t.Errorf("%s: the embedding moved by %.3g beside longer sequences", pooling, d)
		}
	}
}

func TestNewHeadReproducesMeanPooling(t *testing.T) {
	e := openEncoder(t, tinyBERT)
	sequences := [][]int32{{2, 17, 3}, {2, 9, 8, 7, 6, 3}}
	plain, err := NewTower(e, HeadConfig{Pooling: MeanPooling})
	if err != nil {
		t.Fatal(err)
	}
	full, err := NewTower(e, HeadConfig{Pooling: AttentionPooling, BiLSTM: true, Projection: 32})
	if err != nil {
		t.Fatal(err)
	}
	defer full.head.parameters.Close()
	want, got := embed(t, plain, sequences), embed(t, full, sequences)
	for i := range want {
		if d := distance(want[i], got[i]); d > 1e-6 {
			t.Errorf("sequence %d: %.3g from the mean-pooled encoder", i, d)
		}
	}
}
