package train

import (
	"reflect"
	"testing"

	"skillspace/data/batch"
	"skillspace/internal/libtorch"
	"skillspace/model"
	"skillspace/model/loss"
)

// recorder notes the batches that a filter is trained on.
type recorder struct {
	*FilterTask
	seen [][]int
}

func (r *recorder) Prepare(examples []int, at Position) (Batch, error) {
	r.seen = append(r.seen, examples)
	return r.FilterTask.Prepare(examples, at)
}

// tinyFilter is a task of eleven sentences for an untrained filter.
func tinyFilter(t *testing.T) *FilterTask {
	t.Helper()
	encoder, err := model.LoadEncoder("../testdata/tiny-bert", testDevice(t))
	if err != nil {
		t.Fatal(err)
	}
	filter, err := model.NewFilter(encoder, model.MeanPooling, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(filter.Close)
	task := &FilterTask{Model: filter, Loss: loss.BCE{}, PositiveWeight: 1, Precision: libtorch.Float32, Batching: batch.Rules{Size: 2, Seed: 5}}
	for i := range 11 {
		task.Examples = append(task.Examples, LabelledExample{Tokens: []int32{2, int32(10 + i), 3}, Skill: i%2 == 0})
	}
	return task
}

// TestEachEpochHasItsOwnOrder: an epoch must train on its own plan, not on the first epoch's plan again.
func TestEachEpochHasItsOwnOrder(t *testing.T) {
	task := &recorder{FilterTask: tinyFilter(t)}
	var want [][]int
	for epoch := range 3 {
		plan, err := task.Plan(epoch)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, plan...)
	}
	err := libtorch.Do(func(*libtorch.Scope) error {
		loop, err := NewLoop(task, LoopOptions{Epochs: 3, Accumulation: 4, Optimizer: OptimizerOptions{LearningRate: 1e-5, Epsilon: 1e-8}})
		if err != nil {
			return err
		}
		defer loop.Close()
		if loop.TotalSteps() != 6 {
			t.Errorf("%d steps planned, want 6", loop.TotalSteps())
		}
		return loop.Run(t.Context())
	})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(task.seen, want) {
		t.Errorf("trained on %v\nwant %v", task.seen, want)
	}
}
