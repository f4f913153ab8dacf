package train

import (
	"math/rand/v2"

	"skillspace/data/taxonomy"
)

// TextWeights are the weights with which a skill's texts are drawn. The weight of a missing text goes to the label.
type TextWeights struct{ Label, AltLabel, Description float64 }

// Tokenizer turns a text into token ids with special tokens, cut to maxLength.
type Tokenizer interface {
	Encode(text string, maxLength int) []int32
}

// TaxonomyTexts draws a skill's text among its label, alternative labels and description.
type TaxonomyTexts struct {
	Skills    []taxonomy.Skill
	Weights   TextWeights
	Tokenizer Tokenizer
	MaxLength int
	Prefix    string
	cache     map[string][]int32
}

// Draw returns the tokens of one of the skill's texts.
func (t *TaxonomyTexts) Draw(skill int, random *rand.Rand) []int32 {
	text := t.Prefix + t.text(&t.Skills[skill], random)
	if t.cache == nil {
		t.cache = map[string][]int32{}
	}
	tokens, known := t.cache[text]
	if !known {
		tokens = t.Tokenizer.Encode(text, t.MaxLength)
		t.cache[text] = tokens
	}
	return tokens
}

func (t *TaxonomyTexts) text(skill *taxonomy.Skill, random *rand.Rand) string {
	draw := random.Float64() * (t.Weights.Label + t.Weights.AltLabel + t.Weights.Description)
	alt := random.IntN(max(len(skill.AltLabels), 1))
	switch {
	case draw < t.Weights.Label:
	case draw < t.Weights.Label+t.Weights.AltLabel:
		if len(skill.AltLabels) > 0 {
			return skill.AltLabels[alt]
		}
	case skill.Description != "":
		return skill.Description
	}
	return skill.PreferredLabel
}
