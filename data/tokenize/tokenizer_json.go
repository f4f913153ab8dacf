package tokenize

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// tokenizerJSON is the part of Hugging Face's tokenizer.json that we read. Parts that we do not implement are errors,
// never ignored: an id that differs quietly would be worse.
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

// addedJSON is an added token as tokenizer.json and tokenizer_config.json write it.
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
	if kind := typeOf(file.PreTokenizer); kind != "BertPreTokenizer" {
		return nil, fmt.Errorf("pre_tokenizer: type %q is not supported (BertPreTokenizer is)", kind)
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
	return assemble(m, n, added, prefix, suffix, file.padID(m))
}

// padID is what the padding section says, else the id of [PAD], else 0.
func (f *tokenizerJSON) padID(m *wordPiece) int32 {
	if f.Padding != nil {
		return f.Padding.PadID
	}
	for _, a := range f.AddedTokens {
		if a.Content == "[PAD]" {
			return int32(*a.ID) // addedJSON.flags checked it
		}
	}
	id, _ := m.tokenID("[PAD]")
	return id
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || bytes.Equal(raw, []byte("null")) }

func typeOf(raw json.RawMessage) string {
	var t struct{ Type string }
	_ = json.Unmarshal(raw, &t) // an absent or odd type reads as "", which no caller supports
	return t.Type
}

// modelType is the model's type. Older files have none, and are told apart by the keys that one type alone has.
func modelType(raw json.RawMessage) string {
	if kind := typeOf(raw); kind != "" {
		return kind
	}
	var keys map[string]json.RawMessage
	_ = json.Unmarshal(raw, &keys) // no object has no keys
	for _, own := range []struct{ key, kind string }{{"merges", "BPE"}, {"max_input_chars_per_word", "WordPiece"}, {"unk_id", "Unigram"}} {
		if _, ok := keys[own.key]; ok {
			return own.kind
		}
	}
	return ""
}

func parseModel(raw json.RawMessage) (*wordPiece, error) {
	if isNull(raw) {
		return nil, fmt.Errorf("missing")
	}
	var file struct {
		Type     string         `json:"type"`
		Vocab    map[string]int `json:"vocab"`
		Unknown  string         `json:"unk_token"`
		Prefix   *string        `json:"continuing_subword_prefix"`
		MaxChars *int           `json:"max_input_chars_per_word"`
	}
	if kind := modelType(raw); kind != "WordPiece" {
		return nil, fmt.Errorf("type %q is not supported (WordPiece is)", kind)
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, err
	}
	if file.Prefix == nil || file.MaxChars == nil {
		return nil, fmt.Errorf("continuing_subword_prefix or max_input_chars_per_word is missing")
	}
	return newWordPiece(file.Vocab, file.Unknown, *file.Prefix, *file.MaxChars)
}

func parseNormalizer(raw json.RawMessage) (*bertNormalizer, error) {
	if isNull(raw) {
		return nil, nil
	}
	if kind := typeOf(raw); kind != "BertNormalizer" {
		return nil, fmt.Errorf("type %q is not supported (BertNormalizer is)", kind)
	}
	var file struct {
		CleanText    *bool `json:"clean_text"`
		Chinese      *bool `json:"handle_chinese_chars"`
		StripAccents *bool `json:"strip_accents"` // null: as Lowercase
		Lowercase    *bool `json:"lowercase"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, err
	}
	if file.CleanText == nil || file.Chinese == nil || file.Lowercase == nil {
		return nil, fmt.Errorf("clean_text, handle_chinese_chars or lowercase is missing")
	}
	n := &bertNormalizer{cleanText: *file.CleanText, padChinese: *file.Chinese, stripAccents: *file.Lowercase, lowercase: *file.Lowercase, classes: classes()}
	if file.StripAccents != nil {
		n.stripAccents = *file.StripAccents
	}
	return n, nil
}

// parsePostProcessor returns the special tokens before and after a single text.
func parsePostProcessor(raw json.RawMessage) (prefix, suffix []int32, err error) {
	if isNull(raw) {
		return nil, nil, nil
	}
	switch kind := typeOf(raw); kind {
	case "TemplateProcessing":
		return parseTemplate(raw)
	case "BertProcessing":
		return parseBertProcessing(raw)
	default:
		return nil, nil, fmt.Errorf("type %q is not supported (TemplateProcessing and BertProcessing are)", kind)
	}
}

func parseTemplate(raw json.RawMessage) (prefix, suffix []int32, err error) {
	var file struct {
		Single []struct {
			SpecialToken *struct{ ID string }
			Sequence     *struct{ ID string }
		} `json:"single"`
		SpecialTokens map[string]struct {
			IDs []int32 `json:"ids"`
		} `json:"special_tokens"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, nil, err
	}
	seen := false
	for _, piece := range file.Single {
		switch {
		case piece.Sequence != nil && !seen:
			seen = true
		case piece.SpecialToken != nil:
			ids := file.SpecialTokens[piece.SpecialToken.ID].IDs
			if len(ids) == 0 {
				return nil, nil, fmt.Errorf("single: special token %q has no ids", piece.SpecialToken.ID)
			}
			if seen {
				suffix = append(suffix, ids...)
			} else {
				prefix = append(prefix, ids...)
			}
		default:
			return nil, nil, fmt.Errorf("single: want special tokens around one sequence")
		}
	}
	if !seen {
		return nil, nil, fmt.Errorf("single: there is no sequence")
	}
	return prefix, suffix, nil
}

func parseBertProcessing(raw json.RawMessage) (prefix, suffix []int32, err error) {
	var file struct{ Sep, Cls [2]json.RawMessage }
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, nil, err
	}
	var cls, sep int32
	if err := json.Unmarshal(file.Cls[1], &cls); err != nil {
		return nil, nil, fmt.Errorf("cls: %w", err)
	}
	if err := json.Unmarshal(file.Sep[1], &sep); err != nil {
		return nil, nil, fmt.Errorf("sep: %w", err)
	}
	return []int32{cls}, []int32{sep}, nil
}
