package train

import (
	"skillspace/data/batch"
	"skillspace/internal/libtorch"
	"skillspace/model"
	"skillspace/model/loss"
)

// LabelledExample is one sentence for the filter: its tokens, and whether it names a skill.
type LabelledExample struct {
	Tokens []int32
	Own    int // number of tokens, from the first, that are the sentence itself; the rest is context. 0: all
	Skill  bool
	Spans  []bool // for each token after the first special one, whether it belongs to a skill; nil if not known
}

// FilterTask trains a filter.
type FilterTask struct {
	Model          *model.Filter
	Examples       []LabelledExample
	Loss           loss.Binary
	PositiveWeight float64 // weight of a sentence with a skill, relative to one without
	Smoothing      float64 // share of a label, in [0, 1), that is split evenly between both classes (Szegedy et al., arXiv 1512.00567)
	SpanWeight     float64 // weight of a second loss: cross-entropy of tokens by whether they belong to a skill; 0 for none
	Batching       batch.Rules
	Precision      libtorch.DType
}

// BalancedWeight returns the positive weight that gives both classes the same weight: negatives / positives.
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
	negative := float32(t.Smoothing / 2)
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
	if err != nil {
		return nil, err
	}
	b := &labelledBatch{task: t, sentences: packed}
	if b.terms, err = t.Loss.Terms(loss.Labels{Targets: labels, PositiveWeight: t.PositiveWeight}); err != nil {
		return nil, err
	}
	if t.SpanWeight > 0 {
		err = b.markSpans(examples)
	}
	return b, err
}

// spans lists the packed places of a batch's marked tokens, and their labels: 1 for a token that belongs to a skill, else 0.
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
	task       *FilterTask
	sentences  *model.Batch
	terms      []loss.Term[loss.Logits]
	tokens     []int64                  // packed places of the marked tokens
	spansTerms []loss.Term[loss.Logits] // of these tokens
}

// markSpans prepares the second loss of a batch that has marked tokens.
func (b *labelledBatch) markSpans(examples []int) (err error) {
	var labels []float32
	if b.tokens, labels = b.task.spans(examples); len(labels) > 0 {
		b.spansTerms, err = loss.BCE{}.Terms(loss.Labels{Targets: labels, PositiveWeight: 1})
	}
	return err
}

// Accumulate computes the loss of the batch's logits, adds that of its marked tokens and runs the backward pass.
func (b *labelledBatch) Accumulate(scale float64) (float64, error) {
	s := libtorch.NewScope()
	defer s.Close()
	filter, precision, device := b.task.Model, b.task.Precision, b.task.Model.Device()
	if len(b.tokens) == 0 {
		logitsB := filter.Logits(s, b.sentences, precision, true)
		return backward(s, loss.Total(s, b.terms, loss.Logits{B: logitsB, Device: device}), scale)
	}
	count := int64(len(b.tokens))
	logitsB, spansK1 := filter.TrainingLogits(s, b.sentences, precision, s.ToDevice(s.Int64s(b.tokens, count), device))
	ofSentences := loss.Total(s, b.terms, loss.Logits{B: logitsB, Device: device})
	ofTokens := loss.Total(s, b.spansTerms, loss.Logits{B: s.Reshape(spansK1, count), Device: device})
	return backward(s, s.Add(ofSentences, s.Scale(ofTokens, b.task.SpanWeight)), scale)
}
