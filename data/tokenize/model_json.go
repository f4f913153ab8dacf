package tokenize

import (
	"encoding/json"
	"fmt"
)

// modelType returns the model's type. Older files do not name it, so modelType recognises it by keys that only
// one type has.
func modelType(raw json.RawMessage) string {
	if kind := typeOf(raw); kind != "" {
		return kind
	}
	var keys map[string]json.RawMessage
	_ = json.Unmarshal(raw, &keys) // a value that is not an object has no keys
	for _, own := range []struct{ key, kind string }{{"merges", "BPE"}, {"max_input_chars_per_word", "WordPiece"}, {"unk_id", "Unigram"}} {
		if _, ok := keys[own.key]; ok {
			return own.kind
		}
	}
	return ""
}

func parseModel(raw json.RawMessage) (model, error) {
	if isNull(raw) {
		return nil, fmt.Errorf("missing")
	}
	switch kind := modelType(raw); kind {
	case "WordPiece":
		return parseWordPiece(raw)
	case "Unigram":
		return parseUnigram(raw)
	case "BPE":
		return parseBPE(raw)
	default:
		return nil, fmt.Errorf("type %q is not supported (WordPiece, Unigram and BPE are)", kind)
	}
}

func parseWordPiece(raw json.RawMessage) (model, error) {
	var file struct {
		Vocab    map[string]int `json:"vocab"`
		Unknown  string         `json:"unk_token"`
		Prefix   *string        `json:"continuing_subword_prefix"`
		MaxChars *int           `json:"max_input_chars_per_word"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, err
	}
	if file.Prefix == nil || file.MaxChars == nil {
		return nil, fmt.Errorf("continuing_subword_prefix or max_input_chars_per_word is missing")
	}
	return newWordPiece(file.Vocab, file.Unknown, *file.Prefix, *file.MaxChars)
}

func parseUnigram(raw json.RawMessage) (model, error) {
	var file struct {
		Unknown      *int                 `json:"unk_id"`
		Vocab        [][2]json.RawMessage `json:"vocab"`
		ByteFallback bool                 `json:"byte_fallback"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, err
	}
	if file.Unknown == nil {
		return nil, fmt.Errorf("unk_id is missing")
	}
	vocab := make([]scoredPiece, len(file.Vocab))
	for i, pair := range file.Vocab {
		var text *string
		var score *float64
		if json.Unmarshal(pair[0], &text) != nil || json.Unmarshal(pair[1], &score) != nil || text == nil || score == nil {
			return nil, fmt.Errorf("vocab: entry %d is not a piece and its score", i)
		}
		vocab[i] = scoredPiece{*text, *score}
	}
	return newUnigram(vocab, *file.Unknown, file.ByteFallback)
}
