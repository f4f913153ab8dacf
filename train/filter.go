package train

import (
	"skillspace/data/batch"
	"skillspace/internal/libtorch"
	"skillspace/model"
)

// LabelledExample is one sentence for the filter: its tokens, and whether it names a skill.
type LabelledExample struct {
	Tokens []int32
	Own    int // of Tokens, from the first on, those of the sentence itself; what follows is context. 0: all
	Skill  bool
	Spans  []bool // of the tokens after the first, a special one, whether they belong to a skill; nil where that is not known
}

// FilterLoss is the filter's objective: binary cross entropy, or the focal loss.
type FilterLoss struct {
	PositiveWeight float64 // of a skill sentence against one of none
	Gamma          float64 // of the focal loss; 0 is cross entropy
	SpanWeight     float64 // of the mean cross entropy of tokens, in a skill or not, beside that of sentences; 0 for none
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

// ParameterGroups lists the model's parameter groups.
func (t *FilterTask) ParameterGroups() []model.ParameterGroup { return t.Model.ParameterGroups() }

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
	sequences, own, labels := make([][]int32, len(examples)), make([]int, len(examples)), make([]float32, len(examples))
	negative := float32(t.Objective.Smoothing / 2)
	for row, i := range examples {
		e := t.Examples[i]
		sequences[row], own[row], labels[row] = e.Tokens, e.Own, negative
		if e.Own == 0 {
			own[row] = len(e.Tokens)
		}
		if e.Skill {
			labels[row] = 1 - negative
		}
	}
	packed, err := model.NewBatchInContext(sequences, own)
	b := &labelledBatch{task: t, sentences: packed, labels: labels}
	if t.Objective.SpanWeight > 0 {
		b.tokens, b.spans = t.spans(examples)
	}
	return b, err
}

// spans lists the tokens of a batch of which it is known whether they belong to a skill: their packed places, and 1 or 0.
func (t *FilterTask) spans(examples []int) (places []int64, labels []float32) {
	first := 0 // place of the sentence's first token
	for _, i := range examples {
		e := t.Examples[i]
		for k, in := range e.Spans {
			label := float32(0)
			if in {
				label = 1
			}
			places, labels = append(places, int64(first+1+k)), append(labels, label)
		}
		first += len(e.Tokens)
	}
	return places, labels
}

// labelledBatch is a micro-batch of the filter.
type labelledBatch struct {
	task      *FilterTask
	sentences *model.Batch
	labels    []float32
	tokens    []int64   // places of the tokens whose spans are known
	spans     []float32 // of these
}

// Accumulate computes the objective on the batch's logits.
func (b *labelledBatch) Accumulate(scale float64) (float64, error) {
	s := libtorch.NewScope()
	defer s.Close()
	task, o, device := b.task, b.task.Objective, b.task.Model.Device()
	floats := func(values []float32) libtorch.Tensor {
		return s.ToDevice(s.Float32s(values, int64(len(values))), device)
	}
	targets, weight := floats(b.labels), floats([]float32{float32(o.PositiveWeight)})
	if len(b.tokens) == 0 {
		logits := task.Model.Logits(s, b.sentences, task.Precision, true)
		return backward(s, s.FocalLoss(logits, targets, weight, o.Gamma), scale)
	}
	n := int64(len(b.tokens))
	logits, spans := task.Model.TrainingLogits(s, b.sentences, task.Precision, s.ToDevice(s.Int64s(b.tokens, n), device))
	ofSentences := s.FocalLoss(logits, targets, weight, o.Gamma)
	ofTokens := s.WeightedBCE(s.Reshape(spans, n), floats(b.spans), floats([]float32{1}))
	return backward(s, s.Add(ofSentences, s.Scale(ofTokens, o.SpanWeight)), scale)
}
