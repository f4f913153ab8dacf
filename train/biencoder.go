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
	sentences, err := model.NewBatch(p.sentences)
	if err != nil {
		return nil, err
	}
	skills, err := model.NewBatch(p.skills)
	if err != nil {
		return nil, err
	}
	terms, err := t.Loss.Terms(p.pairing)
	if err != nil {
		return nil, err
	}
	return &wholeBatch{task: t, sentences: sentences, skills: skills, terms: terms}, nil
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
func (t *BiEncoderTask) outputs(sentencesBD, skillsSD libtorch.Tensor) loss.Embeddings {
	return loss.Embeddings{SentencesBD: sentencesBD, SkillsSD: skillsSD, LogitScale: t.Model.LogitScale(), Device: t.Model.Sentence.Device()}
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
	return backward(s, loss.Total(s, b.terms, b.task.outputs(sentencesBD, skillsSD)), scale)
}
