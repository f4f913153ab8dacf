package tokenize

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	vocabulary "github.com/sugarme/tokenizer/model"

	"skillspace/internal/folder"
)

// vocabConfig is the part of transformers' tokenizer_config.json that determines how vocab.txt or vocab.json is
// used.
type vocabConfig struct {
	Class        string                     `json:"tokenizer_class"`
	Lowercase    bool                       `json:"do_lower_case"`
	StripAccents *bool                      `json:"strip_accents"` // null: the value of Lowercase
	Chinese      bool                       `json:"tokenize_chinese_chars"`
	Added        map[string]json.RawMessage `json:"added_tokens_decoder"` // by id
	Unknown      specialName                `json:"unk_token"`
	CLS          specialName                `json:"cls_token"`
	SEP          specialName                `json:"sep_token"`
	Pad          specialName                `json:"pad_token"`
	Mask         specialName                `json:"mask_token"`
	Prefix       bool                       `json:"add_prefix_space"` // for byte-level BPE
}

// wordPieceClasses are the tokenizer classes of transformers that use vocab.txt as BERT does. MPNet names its
// special tokens as RoBERTa does.
var wordPieceClasses = []string{"", "Bert", "DistilBert", "Electra", "MobileBert", "Lxmert", "SqueezeBert", "ConvBert", mpnetClass}

const mpnetClass = "MPNet"

// class returns the tokenizer's class without the common ending of all class names.
func (c *vocabConfig) class() string {
	return strings.TrimSuffix(strings.TrimSuffix(c.Class, "Fast"), "Tokenizer")
}

// specialName is a special token's spelling. Files give it as a string or as an object with its content.
type specialName string

// UnmarshalJSON reads both forms. null leaves the name unchanged.
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

// vocabTokenizer builds BERT's tokenizer from vocab.txt, one token a line. Like transformers, it reads the
// folder's tokenizer_config.json if there is one.
func vocabTokenizer(text []byte, in *folder.Folder) (*Tokenizer, error) {
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("not UTF-8")
	}
	config := &vocabConfig{Lowercase: true, Chinese: true, Unknown: "[UNK]", CLS: "[CLS]", SEP: "[SEP]", Pad: "[PAD]", Mask: "[MASK]"}
	if err := config.read(in, wordPieceClasses, "BERT's vocab.txt"); err != nil {
		return nil, err
	}
	mpnet := config.class() == mpnetClass
	if mpnet {
		config = &vocabConfig{Lowercase: true, Chinese: true, Unknown: "[UNK]", CLS: "<s>", SEP: "</s>", Pad: "<pad>", Mask: "<mask>"}
		if err := config.read(in, wordPieceClasses, "BERT's vocab.txt"); err != nil {
			return nil, err
		}
	}
	vocab := vocabulary.Vocab{}
	lines := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(text)) // as Python reads text
	if n := strings.Count(lines, "\n"); n > maxTokenID {
		return nil, fmt.Errorf("%d lines, want at most %d tokens", n, maxTokenID)
	}
	for id, line := range strings.Split(strings.TrimSuffix(lines, "\n"), "\n") {
		vocab[line] = id
	}
	m, err := newWordPiece(vocab, string(config.Unknown), "##", 100)
	if err != nil {
		return nil, err
	}
	around, added, err := config.special(m, mpnet)
	if err != nil {
		return nil, err
	}
	return assemble(parts{
		normalizer: config.normalizer(), splitter: bertPreTokenizer{classes()}, model: m,
		added: added, prefix: around.cls, suffix: around.sep, padID: around.pad,
	})
}

// read reads the folder's tokenizer_config.json, if there is one, over the defaults. It refuses a class that does
// not use the given kind of vocabulary.
func (c *vocabConfig) read(in *folder.Folder, classes []string, uses string) error {
	const name = "tokenizer_config.json"
	path := in.Join(name)
	text, err := in.Read(name, maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !utf8.Valid(text) {
		return fmt.Errorf("%s: not UTF-8", path)
	}
	if err := json.Unmarshal(text, c); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if !slices.Contains(classes, c.class()) {
		return fmt.Errorf("%s: tokenizer_class: %q does not use %s", path, c.Class, uses)
	}
	return nil
}

func (c *vocabConfig) normalizer() *bertNormalizer {
	n := &bertNormalizer{cleanText: true, padChinese: c.Chinese, stripAccents: c.Lowercase, lowercase: c.Lowercase, classes: classes()}
	if c.StripAccents != nil {
		n.stripAccents = *c.StripAccents
	}
	return n
}

// surrounding holds the special tokens around a text and the padding token.
type surrounding struct {
	cls, sep []int32
	pad      int32
}

// special looks up the special tokens in the vocabulary and lists the added tokens. Those are the tokens of the
// file, by id, and the special tokens that the file leaves out. If maskStrips is set, such a mask token includes
// the white space before it.
func (c *vocabConfig) special(m model, maskStrips bool) (around surrounding, added []addedFlags, err error) {
	var ids []int32
	for _, name := range []specialName{c.Pad, c.CLS, c.SEP} {
		id, ok := m.tokenID(string(name))
		if !ok {
			return around, nil, fmt.Errorf("vocab: the special token %q is missing", string(name))
		}
		ids = append(ids, id)
	}
	if added, err = c.addedOfFile(); err != nil {
		return around, nil, fmt.Errorf("tokenizer_config.json: added_tokens_decoder: %w", err)
	}
	for _, name := range []specialName{c.Pad, c.Unknown, c.CLS, c.SEP, c.Mask} {
		content := string(name)
		id, ok := m.tokenID(content)
		if ok && !slices.ContainsFunc(added, func(a addedFlags) bool { return a.content == content }) {
			added = append(added, addedFlags{addedToken: addedToken{content: content, id: id, lstrip: maskStrips && name == c.Mask}})
		}
	}
	return surrounding{pad: ids[0], cls: ids[1:2], sep: ids[2:]}, added, nil
}

func (c *vocabConfig) addedOfFile() ([]addedFlags, error) {
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
	return added, nil
}
