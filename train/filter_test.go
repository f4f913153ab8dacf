package train

import (
	"math"
	"slices"
	"testing"

	"skillspace/internal/libtorch"
	"skillspace/model/loss"
)

func TestLabelsAreSmoothed(t *testing.T) {
	task, seen := tinyFilter(t), &seenLabels{}
	task.Smoothing, task.Loss = 0.2, seen
	if _, err := task.Prepare([]int{0, 1}, Position{}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(seen.labels.Targets, []float32{0.9, 0.1}) {
		t.Errorf("labels %v", seen.labels)
	}
}

// seenLabels is a loss that keeps the labels it is given.
type seenLabels struct{ labels loss.Labels }

func (l *seenLabels) Terms(labels loss.Labels) ([]loss.Term[loss.Logits], error) {
	l.labels = labels
	return nil, nil
}

// The marks of a batch's tokens are at their packed places. Special tokens and unmarked sentences have none.
func TestSpansOfABatch(t *testing.T) {
	task := &FilterTask{SpanWeight: 1, Examples: []LabelledExample{
		{Tokens: []int32{2, 10, 11, 3}, Spans: []bool{true, false}}, {Tokens: []int32{2, 12, 3}}, {Tokens: []int32{2, 13, 3}, Spans: []bool{true}}}}
	places, labels := task.spans([]int{1, 2, 0})
	if !slices.Equal(places, []int64{4, 7, 8}) || !slices.Equal(labels, []float32{1, 1, 0}) {
		t.Errorf("places %v, labels %v", places, labels)
	}
}

// With a token classifier of zeros, every token belongs to a skill with probability 0.5. The second loss is then its weight times
// log 2. Its gradient reaches the token classifier first, and through it the encoder in later steps.
func TestSpansAddTheirLoss(t *testing.T) {
	task := tinyFilter(t)
	for i := range task.Examples {
		task.Examples[i].Spans = []bool{task.Examples[i].Skill}
	}
	err := libtorch.Do(func(s *libtorch.Scope) error {
		task.Model.Encoder.SetDropout(0)
		lossWith := func(weight float64) float64 {
			task.SpanWeight = weight
			b, err := task.Prepare([]int{0, 1, 2}, Position{})
			if err != nil {
				t.Fatal(err)
			}
			value, err := b.Accumulate(1)
			if err != nil {
				t.Fatal(err)
			}
			return value
		}
		plain := lossWith(0)
		if err := task.Model.AddSpans(); err != nil {
			return err
		}
		if got := lossWith(3) - plain; math.Abs(got-3*math.Ln2) > 1e-5 {
			t.Errorf("the spans add %v, want %v", got, 3*math.Ln2)
		}
		groups := task.Model.ParameterGroups()
		spans := groups[len(groups)-1]
		if spans.Name != "spans" {
			t.Fatalf("the last group is %s", spans.Name)
		}
		gradient, err := s.Gradient(spans.Parameters.List()[0].Tensor).Float32s()
		if err != nil || !slices.ContainsFunc(gradient, func(v float32) bool { return v != 0 }) {
			t.Errorf("no gradient reaches the token classifier: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
