package model

import (
	"slices"
	"testing"

	"skillspace/internal/libtorch"
)

func batchInContext(t *testing.T, sequences [][]int32, own []int) *Batch {
	t.Helper()
	b, err := NewBatchInContext(sequences, own)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// meansByHand pools the first own[i] hidden states of each sequence.
func meansByHand(t *testing.T, s *libtorch.Scope, e *Encoder, b *Batch, own []int) (rows []float32) {
	t.Helper()
	hidden, size := floats(t, e.Hidden(s, b, false)), int(e.Config.HiddenSize)
	first := 0
	for i, length := range b.lengths {
		mean := make([]float32, size)
		for row := first; row < first+own[i]; row++ {
			for k := range mean {
				mean[k] += hidden[row*size+k] / float32(own[i])
			}
		}
		rows, first = append(rows, mean...), first+length
	}
	return rows
}

// Every pooling reads only a text's own tokens. Attention pooling starts as the mean.
func TestContextIsNotPooled(t *testing.T) {
	e := openEncoder(t, tinyBERT)
	sequences := [][]int32{{2, 17, 3, 30, 31, 3}, {2, 9, 8, 7, 6, 3}, {2, 40, 3, 50, 51, 52, 53, 54, 55, 3}}
	own := []int{3, 6, 3}
	b := batchInContext(t, sequences, own)
	for _, pooling := range []Pooling{MeanPooling, AttentionPooling, CLSPooling} {
		f, err := NewFilter(e, pooling, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(f.head.parameters.Close)
		t.Cleanup(f.classifier.Close)
		run(t, func(s *libtorch.Scope) {
			libtorch.NoGrad(func() {
				hiddenNH, l := e.hiddenFloat32(s, b, libtorch.Float32, false)
				counted := own
				if pooling == CLSPooling {
					counted = []int{1, 1, 1}
				}
				want := meansByHand(t, s, e, b, counted)
				nearest(t, string(pooling), floats(t, f.head.pooled(s, hiddenNH, l)), want, 1e-5)
				l.composed, l.own.layout.composed = true, true // as on CUDA
				nearest(t, string(pooling)+" from padded blocks", floats(t, f.head.pooled(s, hiddenNH, l)), want, 1e-5)
			})
		})
	}
}

func logits(t *testing.T, f *Filter, b *Batch) (values []float32) {
	t.Helper()
	run(t, func(s *libtorch.Scope) {
		libtorch.NoGrad(func() { values = floats(t, f.Logits(s, b, libtorch.Float32, false)) })
	})
	return values
}

// Attention sees the context, in large and small batches. A text without context has the same logit in a batch as alone.
func TestContextIsSeen(t *testing.T) {
	f, err := NewFilter(openEncoder(t, tinyBERT), MeanPooling, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.head.parameters.Close()
	defer f.classifier.Close()
	text := []int32{2, 17, 18, 3}
	inContext := slices.Concat(text, []int32{30, 31, 3})
	few := logits(t, f, batchInContext(t, [][]int32{inContext, text}, []int{4, 4}))
	plain, err := NewBatch([][]int32{text})
	if err != nil {
		t.Fatal(err)
	}
	alone := logits(t, f, plain)
	if few[0] == few[1] {
		t.Error("the context makes no difference")
	}
	nearest(t, "a text without context", few[1:], alone, 1e-5)
	sequences, own := [][]int32{inContext, text}, []int{4, 4}
	for i := range 100 {
		sequences, own = append(sequences, slices.Repeat([]int32{int32(i + 1)}, 20+i%13)), append(own, 5)
	}
	many := batchInContext(t, sequences, own)
	nearest(t, "in a large batch", logits(t, f, many)[:2], few, 1e-5)
	joined := join(plain, batchInContext(t, [][]int32{inContext}, []int{4}))
	nearest(t, "joined", logits(t, f, joined), []float32{alone[0], few[0]}, 1e-5)
}

func TestContextLengthsAreChecked(t *testing.T) {
	for _, own := range [][]int{{}, {0}, {4}, {1, 1}} {
		if _, err := NewBatchInContext([][]int32{{1, 2, 3}}, own); err == nil {
			t.Errorf("own lengths %v: no error", own)
		}
	}
}
