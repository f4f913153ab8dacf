package family

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"skillspace/internal/folder"
	"skillspace/model/network"
)

// Config is what an encoder's config.json says, under BERT's keys.
type Config struct {
	ModelType         string  `json:"model_type"`
	VocabSize         int64   `json:"vocab_size"`
	EmbeddingSize     int64   `json:"embedding_size"` // of the tables' rows
	HiddenSize        int64   `json:"hidden_size"`
	Layers            int64   `json:"num_hidden_layers"`
	Heads             int64   `json:"num_attention_heads"`
	IntermediateSize  int64   `json:"intermediate_size"`
	MaxPositions      int64   `json:"max_position_embeddings"`
	TypeVocabSize     int64   `json:"type_vocab_size"` // 0 in families without token types
	Activation        string  `json:"hidden_act"`
	HiddenDropout     float64 `json:"hidden_dropout_prob"`
	AttentionDropout  float64 `json:"attention_probs_dropout_prob"`
	LayerNormEpsilon  float64 `json:"layer_norm_eps"`
	PositionEmbedding string  `json:"position_embedding_type"`
	PadID             int64   `json:"pad_token_id"` // -1 where config.json does not say
	Buckets           int64   `json:"relative_attention_num_buckets"`
	// FirstPosition is the row of the position table that a text's first token takes.
	FirstPosition int64 `json:"-"`
}

// LongestInput is the number of tokens that the position table holds, special tokens included.
func (c Config) LongestInput() int64 { return c.MaxPositions - c.FirstPosition }

// LayersKey is what the family's config.json calls the number of layers.
func (c Config) LayersKey() string { return families[c.ModelType].key("num_hidden_layers") }

// HasPooler reports whether transformers' bare model of the family has a pooler after the encoder, which is not used
// here.
func (c Config) HasPooler() bool { return !families[c.ModelType].NoPooler }

// key is the family's word for one of BERT's keys.
func (f *Family) key(name string) string {
	if other, differs := f.Keys[name]; differs {
		return other
	}
	return name
}

// configName is the configuration's file, maxConfig bounds its bytes.
const configName, maxConfig = "config.json", 4 << 20

// ReadIn reads and checks config.json in a Hugging Face folder. Errors name the file and the key.
func ReadIn(in *folder.Folder) (Config, error) {
	text, err := in.Read(configName, maxConfig)
	if err != nil {
		return Config{}, fmt.Errorf("encoder config: %w", err)
	}
	c, err := parse(text)
	if err != nil {
		return Config{}, fmt.Errorf("encoder config %s: %w", in.Join(configName), err)
	}
	return c, nil
}

func parse(text []byte) (Config, error) {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(text, &keys); err != nil {
		return Config{}, err
	}
	var modelType string
	if err := json.Unmarshal(keys["model_type"], &modelType); keys["model_type"] != nil && err != nil {
		return Config{}, fmt.Errorf("model_type: %w", err)
	}
	f, err := find(modelType)
	if err != nil {
		return Config{}, err
	}
	for bert, own := range f.Keys {
		delete(keys, bert)
		if value, present := keys[own]; present {
			keys[bert] = value
		}
	}
	renamed, err := json.Marshal(keys)
	if err != nil {
		return Config{}, err
	}
	c := f.Defaults
	c.PadID = -1
	if err := json.Unmarshal(renamed, &c); err != nil {
		return Config{}, err
	}
	if c.EmbeddingSize == 0 {
		c.EmbeddingSize = c.HiddenSize
	}
	if f.Complete != nil {
		if err := f.Complete(&c); err != nil {
			return Config{}, err
		}
	}
	return c, f.validate(c)
}

func (f *Family) validate(c Config) error {
	// The bounds are far above every published encoder. They refuse a size before anything is allocated for it.
	sizes := []struct {
		key         string
		value, most int64
	}{
		{"vocab_size", c.VocabSize, 1 << 24}, {"hidden_size", c.HiddenSize, 1 << 16}, {"embedding_size", c.EmbeddingSize, 1 << 16},
		{"num_hidden_layers", c.Layers, 1 << 10}, {"num_attention_heads", c.Heads, 1 << 10}, {"intermediate_size", c.IntermediateSize, 1 << 18},
		{"max_position_embeddings", c.MaxPositions, 1 << 20}, {"type_vocab_size", c.TypeVocabSize, 1 << 16},
	}
	for _, size := range sizes {
		if least := f.least(size.key); size.value < least || size.value > size.most {
			return fmt.Errorf("%s: %d is out of range", f.key(size.key), size.value)
		}
	}
	if c.PadID < -1 || c.PadID >= c.VocabSize {
		return fmt.Errorf("%s: %d is outside the vocabulary of %d", f.key("pad_token_id"), c.PadID, c.VocabSize)
	}
	if c.LongestInput() < 1 {
		return fmt.Errorf("%s: %d leaves no position after the padding token's", f.key("max_position_embeddings"), c.MaxPositions)
	}
	if c.HiddenSize%c.Heads != 0 {
		return fmt.Errorf("%s: %d is not a multiple of %s %d", f.key("hidden_size"), c.HiddenSize, f.key("num_attention_heads"), c.Heads)
	}
	if !slices.Contains(network.Activations, c.Activation) {
		return fmt.Errorf("%s: %q is not supported (%s are)", f.key("hidden_act"), c.Activation, strings.Join(network.Activations, ", "))
	}
	if c.PositionEmbedding != "absolute" {
		return fmt.Errorf("%s: %q is not supported (absolute is)", f.key("position_embedding_type"), c.PositionEmbedding)
	}
	for key, p := range map[string]float64{"hidden_dropout_prob": c.HiddenDropout, "attention_probs_dropout_prob": c.AttentionDropout} {
		if p < 0 || p >= 1 {
			return fmt.Errorf("%s: %v is not in [0, 1)", f.key(key), p)
		}
	}
	if c.LayerNormEpsilon <= 0 || c.LayerNormEpsilon > 1 {
		return fmt.Errorf("%s: %v is not in (0, 1]", f.key("layer_norm_eps"), c.LayerNormEpsilon)
	}
	return nil
}

// least is the smallest value of a size. A family without token types has a default of -1 for their number.
func (f *Family) least(key string) int64 {
	if key == "type_vocab_size" && f.Defaults.TypeVocabSize == noTokenTypes {
		return noTokenTypes
	}
	return 1
}

// noTokenTypes in a family's defaults says that it has no table of token types.
const noTokenTypes = -1
