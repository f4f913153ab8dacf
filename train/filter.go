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
	World          *libtorch.Group // the processes that share each batch; nil for one process
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
	b := &labelledBatch{task: t}
	if !t.World.Alone() {
		b.rows = inTurn(t.World, len(examples))
		sequences, own = pick(b.rows, sequences), pick(b.rows, own)
	}
	var err error
	if b.sentences, err = model.NewBatchInContext(sequences, own); err != nil {
		return nil, err
	}
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
	sentences  *model.Batch             // of this process
	terms      []loss.Term[loss.Logits] // of the whole micro-batch, as spansTerms
	tokens     []int64                  // packed places of this process's marked tokens
	spansTerms []loss.Term[loss.Logits]
	rows       *division // of the sentences; nil for a process alone
	marked     *division // of the marked tokens
}

// markSpans prepares the second loss of a batch that has marked tokens.
func (b *labelledBatch) markSpans(examples []int) (err error) {
	var labels []float32
	if b.tokens, labels = b.task.spans(examples); len(labels) == 0 {
		return nil
	}
	if b.rows != nil {
		b.divideTokens(examples)
	}
	b.spansTerms, err = loss.BCE{}.Terms(loss.Labels{Targets: labels, PositiveWeight: 1})
	return err
}

// divideTokens gives each rank the marked tokens of its sentences.
func (b *labelledBatch) divideTokens(examples []int) {
	world, n := b.task.World, 0
	owners := make([][]int, world.Size())
	for row, i := range examples {
		rank := row % len(owners)
		for range b.task.Examples[i].Spans {
			owners[rank] = append(owners[rank], n)
			n++
		}
	}
	b.marked = divide(world, n, owners)
	if b.tokens, _ = b.task.spans(pick(b.rows, examples)); b.marked.idle {
		b.tokens = []int64{0}
	}
}

// Accumulate computes the loss of the batch's logits, adds that of its marked tokens and runs the backward pass.
func (b *labelledBatch) Accumulate(scale float64) (float64, error) {
	if b.rows != nil {
		return b.accumulateDivided(scale)
	}
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

// accumulateDivided computes the logits of this rank's sentences and tokens, the loss of all ranks', and runs the backward pass from
// this rank's.
func (b *labelledBatch) accumulateDivided(scale float64) (float64, error) {
	s := libtorch.NewScope()
	defer s.Close()
	filter, precision, device := b.task.Model, b.task.Precision, b.task.Model.Device()
	var mineB, mineK1 libtorch.Tensor
	if b.marked == nil {
		mineB = filter.Logits(s, b.sentences, precision, true)
	} else {
		mineB, mineK1 = filter.TrainingLogits(s, b.sentences, precision, s.ToDevice(s.Int64s(b.tokens, int64(len(b.tokens))), device))
	}
	mineB1 := s.Reshape(mineB, -1, 1)
	logitsB1 := b.rows.gather(s, mineB1, device)
	total := loss.Total(s, b.terms, loss.Logits{B: s.Reshape(logitsB1, -1), Device: device})
	var logitsK1 libtorch.Tensor
	if b.marked != nil {
		logitsK1 = b.marked.gather(s, mineK1, device)
		ofTokens := loss.Total(s, b.spansTerms, loss.Logits{B: s.Reshape(logitsK1, -1), Device: device})
		total = s.Add(total, s.Scale(ofTokens, b.task.SpanWeight))
	}
	value, err := backward(s, total, scale)
	if err != nil {
		return 0, err
	}
	back := carried(s, mineB1, b.rows.gradient(s, logitsB1, device))
	if b.marked != nil {
		back = s.Add(back, carried(s, mineK1, b.marked.gradient(s, logitsK1, device)))
	}
	_, err = backward(s, back, 1)
	return value, err
}
