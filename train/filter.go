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

// FilterLoss is the filter's objective: binary cross entropy, or the focal loss.
type FilterLoss struct {
	PositiveWeight float64 // of a skill sentence against one of none
	Gamma          float64 // of the focal loss; 0 is cross entropy
	Smoothing      float64 // share of a label, 0 to below 1, that goes to both classes evenly (Szegedy et al., arXiv 1512.00567)
}

// FilterTask trains a filter.
type FilterTask struct {
	Model     *model.Filter
	Examples  []LabelledExample
	Objective FilterLoss
	Batching  batch.Options
	Precision libtorch.DType
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

// Prepare collects the sentences' tokens and labels.
func (t *FilterTask) Prepare(examples []int, _ Position) (Batch, error) {
	sequences, labels := make([][]int32, len(examples)), make([]float32, len(examples))
	negative := float32(t.Objective.Smoothing / 2)
	for row, i := range examples {
		sequences[row], labels[row] = t.Examples[i].Tokens, negative
		if t.Examples[i].Skill {
			labels[row] = 1 - negative
		}
	}
	packed, err := model.NewBatch(sequences)
	return &labelledBatch{task: t, sentences: packed, labels: labels}, err
}

// labelledBatch is a micro-batch of the filter.
type labelledBatch struct {
	task      *FilterTask
	sentences *model.Batch
	labels    []float32
}

// Accumulate computes the objective on the batch's logits.
func (b *labelledBatch) Accumulate(scale float64) (float64, error) {
	s := libtorch.NewScope()
	defer s.Close()
	device := b.task.Model.Device()
	logits := b.task.Model.Logits(s, b.sentences, b.task.Precision, true)
	targets := s.ToDevice(s.Float32s(b.labels, int64(len(b.labels))), device)
	o := b.task.Objective
	weight := s.ToDevice(s.Float32s([]float32{float32(o.PositiveWeight)}, 1), device)
	return backward(s, s.FocalLoss(logits, targets, weight, o.Gamma), scale)
}
