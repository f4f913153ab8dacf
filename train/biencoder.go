package train

import (
	"fmt"
	"math/rand/v2"

	"skillspace/data/batch"
	"skillspace/internal/libtorch"
	"skillspace/model"
)

// PairExample is one training sentence: its tokens and the skills it names, as indices of the taxonomy.
type PairExample struct {
	Tokens []int32
	Skills []int
}

// SkillTexts draws the text that stands for a skill in one batch, as tokens.
type SkillTexts interface {
	Draw(skill int, random *rand.Rand) []int32
}

// ContrastiveLoss chooses the bi-encoder's objective.
type ContrastiveLoss struct {
	Kind      string // "infonce" or "margin"
	Symmetric bool
	Margin    float64
}

// BiEncoderTask trains a bi-encoder on sentences and the skills they name, with in-batch negatives.
type BiEncoderTask struct {
	Model     *model.BiEncoder
	Examples  []PairExample
	Texts     SkillTexts
	Objective ContrastiveLoss
	Batching  batch.Options
	Precision libtorch.DType
}

// Parts lists the model's parameter groups.
func (t *BiEncoderTask) Parts() []model.Part { return t.Model.Parts() }

// Plan cuts an epoch into batches.
func (t *BiEncoderTask) Plan(epoch int) ([][]int, error) {
	lengths := make([]int, len(t.Examples))
	for i, e := range t.Examples {
		lengths[i] = len(e.Tokens)
	}
	return batch.Plan(lengths, epoch, t.Batching)
}

// Loss embeds the batch's sentences and its distinct skills, each skill once, and contrasts them.
func (t *BiEncoderTask) Loss(s *libtorch.Scope, examples []int, at Position) libtorch.Tensor {
	random := rand.New(rand.NewPCG(t.Batching.Seed, uint64(at.Epoch)<<32|uint64(at.Batch)))
	sentences, skills, pairing := t.pair(examples, random)
	sentenceBatch, err := model.NewBatch(sentences)
	if err != nil {
		s.Fail(err)
		return libtorch.Tensor{}
	}
	skillBatch, err := model.NewBatch(skills)
	if err != nil {
		s.Fail(err)
		return libtorch.Tensor{}
	}
	sentencesBD := t.Model.Sentence.Embed(s, sentenceBatch, t.Precision, true)
	skillsSD := t.Model.Skill.Embed(s, skillBatch, t.Precision, true)
	device := t.Model.Sentence.Device()
	switch t.Objective.Kind {
	case "infonce":
		return model.InfoNCE(s, sentencesBD, skillsSD, t.Model.LogitScale(), pairing, t.Objective.Symmetric, device)
	case "margin":
		return model.MarginLoss(s, sentencesBD, skillsSD, pairing, t.Objective.Margin, device)
	}
	s.Fail(fmt.Errorf("loss.kind: %q is not one of infonce, margin", t.Objective.Kind))
	return libtorch.Tensor{}
}

// pair collects the sentences' tokens, draws one text for each distinct skill and notes who names what.
func (t *BiEncoderTask) pair(examples []int, random *rand.Rand) (sentences, skills [][]int32, pairing model.Pairing) {
	column := map[int]int{}
	for _, i := range examples {
		sentences = append(sentences, t.Examples[i].Tokens)
		for _, skill := range t.Examples[i].Skills {
			if _, seen := column[skill]; !seen {
				column[skill] = len(skills)
				skills = append(skills, t.Texts.Draw(skill, random))
			}
		}
	}
	pairing = model.Pairing{Sentences: len(sentences), Skills: len(skills), Positive: make([]bool, len(sentences)*len(skills))}
	for row, i := range examples {
		for _, skill := range t.Examples[i].Skills {
			pairing.Positive[row*len(skills)+column[skill]] = true
		}
	}
	return sentences, skills, pairing
}
