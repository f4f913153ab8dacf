package model

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// families are the values of model_type whose layers are BERT's. The RoBERTa family (Liu et al., arXiv 1907.11692;
// XLM-RoBERTa: arXiv 1911.02116) counts positions otherwise and has one token type.
var families = []string{"bert", "roberta", "xlm-roberta"}

// EncoderConfig is the part of a Hugging Face config.json that the encoder needs.
type EncoderConfig struct {
	ModelType         string  `json:"model_type"`
	VocabSize         int64   `json:"vocab_size"`
	HiddenSize        int64   `json:"hidden_size"`
	Layers            int64   `json:"num_hidden_layers"`
	Heads             int64   `json:"num_attention_heads"`
	IntermediateSize  int64   `json:"intermediate_size"`
	MaxPositions      int64   `json:"max_position_embeddings"`
	TypeVocabSize     int64   `json:"type_vocab_size"`
	Activation        string  `json:"hidden_act"`
	HiddenDropout     float64 `json:"hidden_dropout_prob"`
	AttentionDropout  float64 `json:"attention_probs_dropout_prob"`
	LayerNormEpsilon  float64 `json:"layer_norm_eps"`
	PositionEmbedding string  `json:"position_embedding_type"`
	PadID             *int64  `json:"pad_token_id"`
}

// FirstPosition is the row of the position table that a text's first token takes: RoBERTa counts from the row after the
// padding token's id.
func (c EncoderConfig) FirstPosition() int64 {
	switch {
	case c.ModelType == "bert":
		return 0
	case c.PadID == nil:
		return 2 // transformers' default for RoBERTa, padding token 1
	}
	return *c.PadID + 1
}

// LongestInput is the number of tokens that the position table holds, special tokens included.
func (c EncoderConfig) LongestInput() int64 { return c.MaxPositions - c.FirstPosition() }

// ReadEncoderConfig reads and checks config.json in a Hugging Face folder. Errors name the file and the key.
func ReadEncoderConfig(folder string) (EncoderConfig, error) {
	path := filepath.Join(folder, "config.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return EncoderConfig{}, fmt.Errorf("encoder config: %w", err)
	}
	c := EncoderConfig{Activation: "gelu", PositionEmbedding: "absolute", LayerNormEpsilon: 1e-12}
	if err := json.Unmarshal(text, &c); err != nil {
		return EncoderConfig{}, fmt.Errorf("encoder config %s: %w", path, err)
	}
	if err := c.validate(); err != nil {
		return EncoderConfig{}, fmt.Errorf("encoder config %s: %w", path, err)
	}
	return c, nil
}

func (c EncoderConfig) validate() error {
	if !slices.Contains(families, c.ModelType) {
		return fmt.Errorf("model_type: %q is not supported (%s are)", c.ModelType, strings.Join(families, ", "))
	}
	if c.PadID != nil && (*c.PadID < 0 || *c.PadID >= c.VocabSize) {
		return fmt.Errorf("pad_token_id: %d is outside the vocabulary of %d", *c.PadID, c.VocabSize)
	}
	for _, size := range []struct {
		key   string
		value int64
	}{
		{"vocab_size", c.VocabSize}, {"hidden_size", c.HiddenSize}, {"num_hidden_layers", c.Layers},
		{"num_attention_heads", c.Heads}, {"intermediate_size", c.IntermediateSize},
		{"max_position_embeddings", c.MaxPositions}, {"type_vocab_size", c.TypeVocabSize},
	} {
		if size.value < 1 || size.value > 1<<24 {
			return fmt.Errorf("%s: %d is out of range", size.key, size.value)
		}
	}
	if c.LongestInput() < 1 {
		return fmt.Errorf("max_position_embeddings: %d leaves no position after the padding token's", c.MaxPositions)
	}
	if c.HiddenSize%c.Heads != 0 {
		return fmt.Errorf("hidden_size: %d is not a multiple of num_attention_heads %d", c.HiddenSize, c.Heads)
	}
	if _, known := activations[c.Activation]; !known {
		return fmt.Errorf("hidden_act: %q is not supported (%s are)", c.Activation, strings.Join([]string{"gelu", "gelu_new", "relu"}, ", "))
	}
	if c.PositionEmbedding != "absolute" {
		return fmt.Errorf("position_embedding_type: %q is not supported (absolute is)", c.PositionEmbedding)
	}
	for key, p := range map[string]float64{"hidden_dropout_prob": c.HiddenDropout, "attention_probs_dropout_prob": c.AttentionDropout} {
		if p < 0 || p >= 1 {
			return fmt.Errorf("%s: %v is not in [0, 1)", key, p)
		}
	}
	if c.LayerNormEpsilon <= 0 {
		return fmt.Errorf("layer_norm_eps: %v is not positive", c.LayerNormEpsilon)
	}
	return nil
}
