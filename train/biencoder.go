package train

import (
	"math/rand/v2"
	"slices"

	"skillspace/data/batch"
	"skillspace/internal/libtorch"
	"skillspace/model"
	"skillspace/model/loss"
)

// PairExample is one training sentence: its tokens and the skills it names, as indices of the taxonomy.
type PairExample struct {
	Tokens []int32
	Skills []int
}

// SkillTexts draws a text of a skill for one batch, as tokens.
type SkillTexts interface {
	Draw(skill int, random *rand.Rand) []int32
}

// BiEncoderTask trains a bi-encoder on sentences and the skills they name, with in-batch negatives.
type BiEncoderTask struct {
	Model     *model.BiEncoder
	Examples  []PairExample
	Texts     SkillTexts
	Loss      loss.Contrastive
	Batching  batch.Rules
	Distinct  bool           // no two sentences of a batch name the same skill, where possible
	ChunkSize int            // sequences encoded at once by GradCache; 0 encodes a batch whole
	Negatives *HardNegatives // in addition to the in-batch ones; nil for none
	Precision libtorch.DType
	World     *libtorch.Group // the processes that share each batch; nil for one process
}

// ParameterGroups lists the model's parameter groups.
func (t *BiEncoderTask) ParameterGroups() []model.ParameterGroup { return t.Model.ParameterGroups() }

// Plan cuts an epoch into batches.
func (t *BiEncoderTask) Plan(epoch int) ([][]int, error) {
	lengths := make([]int, len(t.Examples))
	for i, e := range t.Examples {
		lengths[i] = len(e.Tokens)
	}
	if !t.Distinct {
		return batch.Plan(lengths, epoch, t.Batching)
	}
	skills := make([][]int, len(t.Examples))
	for i, e := range t.Examples {
		skills[i] = e.Skills
	}
	return batch.PlanDistinct(lengths, skills, epoch, t.Batching)
}

// Prepare draws the texts of a micro-batch's distinct skills and packs its tokens, each skill once.
func (t *BiEncoderTask) Prepare(examples []int, at Position) (Batch, error) {
	random := rand.New(rand.NewPCG(t.Batching.Seed, uint64(at.Epoch)<<32|uint64(at.Batch)))
	p := t.pair(examples, random)
	if t.ChunkSize > 0 {
		return t.chunked(p, random)
	}
	terms, err := t.Loss.Terms(p.pairing)
	if err != nil {
		return nil, err
	}
	if t.World.Alone() {
		return t.whole(p.sentences, p.skills, terms)
	}
	rows, columns := inTurn(t.World, len(p.sentences)), inTurn(t.World, len(p.skills))
	own, err := t.whole(pick(rows, p.sentences), pick(columns, p.skills), terms)
	return &dividedBatch{own, rows, columns}, err
}

// whole packs the sequences that this process encodes.
func (t *BiEncoderTask) whole(sentences, skills [][]int32, terms []loss.Term[loss.Embeddings]) (*wholeBatch, error) {
	b := &wholeBatch{task: t, terms: terms}
	var err error
	if b.sentences, err = model.NewBatch(sentences); err != nil {
		return nil, err
	}
	b.skills, err = model.NewBatch(skills)
	return b, err
}

// pairs are a batch's sentences and distinct skills, as tokens, and which sentence names which skills.
type pairs struct {
	sentences, skills [][]int32
	pairing           loss.Pairing
}

// pair collects the sentences' tokens, draws one text for each distinct skill and records which sentence names which skills.
func (t *BiEncoderTask) pair(examples []int, random *rand.Rand) pairs {
	var p pairs
	column := map[int]int{}
	for _, i := range examples {
		p.sentences = append(p.sentences, t.Examples[i].Tokens)
		var positive []int
		for _, skill := range t.Examples[i].Skills {
			if at := t.column(&p, skill, column, random); !slices.Contains(positive, at) {
				positive = append(positive, at)
			}
		}
		p.pairing.Positive = append(p.pairing.Positive, positive)
	}
	p.pairing.Skills = len(p.skills)
	if t.Negatives != nil {
		t.Negatives.extend(&p, t, examples, column, random)
	}
	return p
}

// column returns a skill's index among the batch's skills. It adds a new skill, with a text.
func (t *BiEncoderTask) column(p *pairs, skill int, column map[int]int, random *rand.Rand) int {
	at, present := column[skill]
	if !present {
		at = len(p.skills)
		column[skill] = at
		p.skills = append(p.skills, t.Texts.Draw(skill, random))
	}
	return at
}

// outputs returns a batch's embeddings and the loss's other inputs.
func (t *BiEncoderTask) outputs(s *libtorch.Scope, sentencesBD, skillsSD libtorch.Tensor) loss.Embeddings {
	scale := t.Model.LogitScale()
	if t.World.Rank() > 0 { // every rank computes the whole loss, so one of them has the whole gradient of the scale
		scale = s.Detach(scale)
	}
	return loss.Embeddings{SentencesBD: sentencesBD, SkillsSD: skillsSD, LogitScale: scale, Device: t.Model.Sentence.Device()}
}

// wholeBatch is a micro-batch whose sequences are encoded at once.
type wholeBatch struct {
	task              *BiEncoderTask
	sentences, skills *model.Batch
	terms             []loss.Term[loss.Embeddings]
}

// Accumulate embeds sentences and skills, computes the loss and runs the backward pass.
func (b *wholeBatch) Accumulate(scale float64) (float64, error) {
	s := libtorch.NewScope()
	defer s.Close()
	sentencesBD, skillsSD := b.task.Model.EmbedPairs(s, b.sentences, b.skills, b.task.Precision, true)
	return backward(s, loss.Total(s, b.terms, b.task.outputs(s, sentencesBD, skillsSD)), scale)
}

// dividedBatch is a micro-batch of which each rank encodes some rows at once.
type dividedBatch struct {
	own           *wholeBatch // this rank's rows; the terms are of all rows
	rows, columns *division
}

// Accumulate embeds this rank's rows, computes the loss of all ranks' and runs the backward pass from this rank's.
func (b *dividedBatch) Accumulate(scale float64) (float64, error) {
	s := libtorch.NewScope()
	defer s.Close()
	task, device := b.own.task, b.own.task.Model.Sentence.Device()
	mineRD, mineCD := task.Model.EmbedPairs(s, b.own.sentences, b.own.skills, task.Precision, true)
	sentencesBD, skillsSD := b.rows.gather(s, mineRD, device), b.columns.gather(s, mineCD, device)
	value, err := backward(s, loss.Total(s, b.own.terms, task.outputs(s, sentencesBD, skillsSD)), scale)
	if err != nil {
		return 0, err
	}
	fromSentences := carried(s, mineRD, b.rows.gradient(s, sentencesBD, device))
	fromSkills := carried(s, mineCD, b.columns.gradient(s, skillsSD, device))
	_, err = backward(s, s.Add(fromSentences, fromSkills), 1)
	return value, err
}
