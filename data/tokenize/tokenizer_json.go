package tokenize

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// tokenizerJSON is the supported part of Hugging Face's tokenizer.json. Unsupported parts are errors and are
// never ignored, because wrong ids would go unnoticed.
type tokenizerJSON struct {
	AddedTokens   []addedJSON     `json:"added_tokens"`
	Normalizer    json.RawMessage `json:"normalizer"`
	PreTokenizer  json.RawMessage `json:"pre_tokenizer"`
	PostProcessor json.RawMessage `json:"post_processor"`
	Model         json.RawMessage `json:"model"`
	Padding       *struct {
		PadID int32 `json:"pad_id"`
	} `json:"padding"`
}

// addedJSON is an added token in the format of tokenizer.json and tokenizer_config.json.
type addedJSON struct {
	ID         *int64 `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
}

func (a addedJSON) flags() (addedFlags, error) {
	if a.Content == "" || a.ID == nil {
		return addedFlags{}, fmt.Errorf("a token without content or id: %q", a.Content)
	}
	if *a.ID < 0 || *a.ID > maxTokenID {
		return addedFlags{}, fmt.Errorf("%q has id %d, want 0 to %d", a.Content, *a.ID, maxTokenID)
	}
	token := addedToken{content: a.Content, id: int32(*a.ID), singleWord: a.SingleWord, lstrip: a.LStrip, rstrip: a.RStrip}
	return addedFlags{token, a.Normalized}, nil
}

func parseTokenizerJSON(text []byte) (*Tokenizer, error) {
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("not UTF-8")
	}
	var file tokenizerJSON
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	m, err := parseModel(file.Model)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	n, err := parseNormalizer(file.Normalizer)
	if err != nil {
		return nil, fmt.Errorf("normalizer: %w", err)
	}
	if err := checkGrowth(n); err != nil {
		return nil, fmt.Errorf("normalizer: %w", err)
	}
	splitter, err := parsePreTokenizer(file.PreTokenizer)
	if err != nil {
		return nil, fmt.Errorf("pre_tokenizer: %w", err)
	}
	if err := checkBytes(m, splitter); err != nil {
		return nil, err
	}
	prefix, suffix, err := parsePostProcessor(file.PostProcessor)
	if err != nil {
		return nil, fmt.Errorf("post_processor: %w", err)
	}
	added := make([]addedFlags, len(file.AddedTokens))
	for i, a := range file.AddedTokens {
		if added[i], err = a.flags(); err != nil {
			return nil, fmt.Errorf("added_tokens: %w", err)
		}
	}
	return assemble(parts{
		normalizer: n, splitter: splitter, model: m, added: added, prefix: prefix, suffix: suffix, padID: file.padID(m),
	})
}

// checkBytes refuses a BPE model that does not work on bytes, and byte words for another model.
func checkBytes(m model, splitter preTokenizer) error {
	_, bytes := splitter.(byteLevel)
	_, wantsBytes := m.(*bpe)
	switch {
	case wantsBytes && !bytes:
		return fmt.Errorf("pre_tokenizer: a BPE model is supported with ByteLevel only")
	case bytes && !wantsBytes:
		return fmt.Errorf("pre_tokenizer: ByteLevel is supported with a BPE model only")
	}
	return nil
}

// padID returns the id of the padding section, else the id of [PAD] or <pad>, else 0.
func (f *tokenizerJSON) padID(m model) int32 {
	if f.Padding != nil {
		return f.Padding.PadID
	}
	for _, name := range []string{"[PAD]", "<pad>"} {
		for _, a := range f.AddedTokens {
			if a.Content == name {
				return int32(*a.ID) // addedJSON.flags checked it
			}
		}
		if id, ok := m.tokenID(name); ok {
			return id
		}
	}
	return 0
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || bytes.Equal(raw, []byte("null")) }

func typeOf(raw json.RawMessage) string {
	var t struct{ Type string }
	_ = json.Unmarshal(raw, &t) // a missing or invalid type reads as "", which no caller supports
	return t.Type
}
