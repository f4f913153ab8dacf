package tokenize

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	vocabulary "github.com/sugarme/tokenizer/model"
)

// vocabConfig is the part of transformers' tokenizer_config.json that says how vocab.txt is used.
type vocabConfig struct {
	Class        string                     `json:"tokenizer_class"`
	Lowercase    bool                       `json:"do_lower_case"`
	StripAccents *bool                      `json:"strip_accents"` // null: as Lowercase
	Chinese      bool                       `json:"tokenize_chinese_chars"`
	Added        map[string]json.RawMessage `json:"added_tokens_decoder"` // by id
	Unknown      specialName                `json:"unk_token"`
	CLS          specialName                `json:"cls_token"`
	SEP          specialName                `json:"sep_token"`
	Pad          specialName                `json:"pad_token"`
	Mask         specialName                `json:"mask_token"`
}

// wordPieceClasses are transformers' classes whose vocab.txt is BERT's.
var wordPieceClasses = []string{"", "Bert", "DistilBert", "Electra", "MobileBert", "Lxmert", "SqueezeBert", "ConvBert"}

// specialName is a special token's spelling, which files give as a string or as an object with its content.
type specialName string

// UnmarshalJSON reads both forms; null keeps the name.
func (s *specialName) UnmarshalJSON(raw []byte) error {
	if isNull(raw) {
		return nil
	}
	var name string
	if err := json.Unmarshal(raw, &name); err != nil {
		var object struct{ Content string }
		if json.Unmarshal(raw, &object) != nil || object.Content == "" {
			return fmt.Errorf("a special token is neither a string nor an object with its content: %.40s", raw)
		}
		name = object.Content
	}
	*s = specialName(name)
	return nil
}

// vocabTokenizer builds BERT's tokenizer from vocab.txt, one token a line, as transformers does from folder's
// tokenizer_config.json if there is one.
func vocabTokenizer(text []byte, folder string) (*Tokenizer, error) {
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("not UTF-8")
	}
	config, err := readVocabConfig(filepath.Join(folder, "tokenizer_config.json"))
	if err != nil {
		return nil, err
	}
	vocab := vocabulary.Vocab{}
	lines := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(text)) // as Python reads text
	for id, line := range strings.Split(strings.TrimSuffix(lines, "\n"), "\n") {
		vocab[line] = id
	}
	m, err := newWordPiece(vocab, string(config.Unknown), "##", 100)
	if err != nil {
		return nil, err
	}
	var ids []int32 // of pad, cls, sep
	for _, name := range []specialName{config.Pad, config.CLS, config.SEP} {
		id, ok := m.tokenID(string(name))
		if !ok {
			return nil, fmt.Errorf("vocab: the special token %q is missing", string(name))
		}
		ids = append(ids, id)
	}
	added, err := config.addedTokens(m)
	if err != nil {
		return nil, fmt.Errorf("tokenizer_config.json: added_tokens_decoder: %w", err)
	}
	return assemble(parts{
		normalizer: config.normalizer(), splitter: bertPreTokenizer{classes()}, model: m,
		added: added, prefix: ids[1:2], suffix: ids[2:], padID: ids[0],
	})
}

func readVocabConfig(path string) (*vocabConfig, error) {
	config := &vocabConfig{Lowercase: true, Chinese: true, Unknown: "[UNK]", CLS: "[CLS]", SEP: "[SEP]", Pad: "[PAD]", Mask: "[MASK]"}
	text, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return config, nil
	}
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("%s: not UTF-8", path)
	}
	if err := json.Unmarshal(text, config); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if !slices.Contains(wordPieceClasses, strings.TrimSuffix(strings.TrimSuffix(config.Class, "Fast"), "Tokenizer")) {
		return nil, fmt.Errorf("%s: tokenizer_class: %q does not use BERT's vocab.txt", path, config.Class)
	}
	return config, nil
}

func (c *vocabConfig) normalizer() *bertNormalizer {
	n := &bertNormalizer{cleanText: true, padChinese: c.Chinese, stripAccents: c.Lowercase, lowercase: c.Lowercase, classes: classes()}
	if c.StripAccents != nil {
		n.stripAccents = *c.StripAccents
	}
	return n
}

// addedTokens are those of the file, by id, and the special tokens of the vocabulary that the file leaves out.
func (c *vocabConfig) addedTokens(m *wordPiece) ([]addedFlags, error) {
	var added []addedFlags
	for key, raw := range c.Added {
		var token addedJSON
		if err := json.Unmarshal(raw, &token); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		id, err := strconv.ParseInt(key, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("the id %q is not a number", key)
		}
		token.ID = &id
		flags, err := token.flags()
		if err != nil {
			return nil, err
		}
		added = append(added, flags)
	}
	slices.SortFunc(added, func(a, b addedFlags) int { return int(a.id - b.id) })
	for _, name := range []specialName{c.Pad, c.Unknown, c.CLS, c.SEP, c.Mask} {
		content := string(name)
		id, ok := m.tokenID(content)
		if ok && !slices.ContainsFunc(added, func(a addedFlags) bool { return a.content == content }) {
			added = append(added, addedFlags{addedToken: addedToken{content: content, id: id}})
		}
	}
	return added, nil
}
