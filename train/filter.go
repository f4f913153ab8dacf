package train

import (
	"skillspace/data/batch"
	"skillspace/internal/libtorch"
	"skillspace/model"
)

// LabelledExample is one sentence for the filter: its tokens, and whether it names a skill.
type LabelledExample struct {
	Tokens []int32
	Skill  bool
}

// FilterTask trains a filter by binary cross entropy.
type FilterTask struct {
	Model          *model.Filter
	Examples       []LabelledExample
	PositiveWeight float64 // of a skill sentence against one of none
	Batching       batch.Options
	Precision      libtorch.DType
}

// BalancedWeight returns the positive weight under which both classes weigh the same: negatives / positives.
func BalancedWeight(examples []LabelledExample) float64 {
	positives := 0
	for _, e := range examples {
		if e.Skill {
			positives++
		}
	}
	if positives == 0 || positives == len(examples) {
		return 1
	}
	return float64(len(examples)-positives) / float64(positives)
}

// Parts lists the model's parameter groups.
func (t *FilterTask) Parts() []model.Part { return t.Model.Parts() }

// Plan cuts an epoch into batches.
func (t *FilterTask) Plan(epoch int) ([][]int, error) {
	lengths := make([]int, len(t.Examples))
	for i, e := range t.Examples {
		lengths[i] = len(e.Tokens)
	}
	return batch.Plan(lengths, epoch, t.Batching)
}

// Loss is the weighted cross entropy of the batch's logits.
func (t *FilterTask) Loss(s *libtorch.Scope, examples []int, _ Position) libtorch.Tensor {
	sequences, labels := make([][]int32, len(examples)), make([]float32, len(examples))
	for row, i := range examples {
		sequences[row] = t.Examples[i].Tokens
		if t.Examples[i].Skill {
			labels[row] = 1
		}
	}
	b, err := model.NewBatch(sequences)
	if err != nil {
		s.Fail(err)
		return libtorch.Tensor{}
	}
	device := t.Model.Device()
	logits := t.Model.Logits(s, b, t.Precision, true)
	targets := s.ToDevice(s.Float32s(labels, int64(len(labels))), device)
	weight := s.ToDevice(s.Float32s([]float32{float32(t.PositiveWeight)}, 1), device)
	return s.WeightedBCE(logits, targets, weight)
}
