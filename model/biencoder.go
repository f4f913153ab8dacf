package model

import (
	"fmt"
	"math"

	"skillspace/internal/libtorch"
)

// BiEncoder embeds sentences and skill texts in one space. Its towers may be one and the same.
type BiEncoder struct {
	Sentence, Skill *Tower // the same tower when shared
	loss            *Parameters
}

// NewBiEncoder makes a bi-encoder of two towers, which it owns from then on; after an error they stay the caller's.
// The same tower twice gives shared weights. temperature is the first value of the learned scale of the scores.
func NewBiEncoder(sentence, skill *Tower, temperature float64) (*BiEncoder, error) {
	if temperature <= 0 {
		return nil, fmt.Errorf("temperature: %v is not positive", temperature)
	}
	p := newParameters(sentence.Device(), true)
	s := libtorch.NewScope()
	defer s.Close()
	if err := p.add(s, "logit_scale", s.Float32s([]float32{float32(math.Log(1 / temperature))}, 1), []int64{1}); err != nil {
		p.Close()
		return nil, err
	}
	return &BiEncoder{Sentence: sentence, Skill: skill, loss: p}, nil
}

// Shared reports whether both towers are one.
func (m *BiEncoder) Shared() bool { return m.Sentence == m.Skill }

// EmbedPairs returns the embeddings of sentences [B, D] and skill texts [S, D], Float32 and of unit length. A shared
// tower computes both as one batch: its operations are larger, and each weight gets its gradient once.
func (m *BiEncoder) EmbedPairs(s *libtorch.Scope, sentences, skills *Batch, precision libtorch.DType, training bool) (sentencesBD, skillsSD libtorch.Tensor) {
	if !m.Shared() {
		return m.Sentence.Embed(s, sentences, precision, training), m.Skill.Embed(s, skills, precision, training)
	}
	both := m.Sentence.Embed(s, join(sentences, skills), precision, training)
	first, second := int64(sentences.Size()), int64(skills.Size())
	return s.Narrow(both, 0, 0, first), s.Narrow(both, 0, first, second)
}

// LogitScale returns the logarithm of 1/temperature, a tensor [1].
func (m *BiEncoder) LogitScale() libtorch.Tensor { return m.loss.get("logit_scale") }

// Close frees the weights.
func (m *BiEncoder) Close() {
	m.Sentence.Close()
	if !m.Shared() {
		m.Skill.Close()
	}
	m.loss.Close()
}

// ParameterGroup is a set of parameters that are stored together, such as a tower's encoder.
type ParameterGroup struct {
	Name       string // "encoder", "head", "skill_encoder", "skill_head", "loss"
	Parameters *Parameters
}

// ParameterGroups lists the model's parameter groups, each once.
func (m *BiEncoder) ParameterGroups() []ParameterGroup {
	groups := []ParameterGroup{{"encoder", m.Sentence.Encoder.parameters}, {"head", m.Sentence.head.parameters}}
	if !m.Shared() {
		groups = append(groups, ParameterGroup{"skill_encoder", m.Skill.Encoder.parameters}, ParameterGroup{"skill_head", m.Skill.head.parameters})
	}
	return append(groups, ParameterGroup{"loss", m.loss})
}

// AllParameters lists the parameters of the groups, each name prefixed with its group's.
func AllParameters(groups []ParameterGroup) []Parameter {
	var all []Parameter
	for _, group := range groups {
		for _, p := range group.Parameters.list {
			p.Name = group.Name + "." + p.Name
			all = append(all, p)
		}
	}
	return all
}
