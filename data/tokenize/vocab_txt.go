package tokenize

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	vocabulary "github.com/sugarme/tokenizer/model"
)

// vocabTokenizer builds BERT's tokenizer from vocab.txt, one token a line, with the switches of a tokenizer_config.json
// in folder: do_lower_case (true), strip_accents (as do_lower_case), tokenize_chinese_chars (true).
func vocabTokenizer(text []byte, folder string) (*Tokenizer, error) {
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("not UTF-8")
	}
	vocab := vocabulary.Vocab{}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for id, line := range lines {
		vocab[strings.TrimSuffix(line, "\r")] = id
	}
	m, err := newWordPiece(vocab, "[UNK]", "##", 100)
	if err != nil {
		return nil, err
	}
	n, err := configuredNormalizer(filepath.Join(folder, "tokenizer_config.json"))
	if err != nil {
		return nil, err
	}
	var added []addedFlags
	ids := map[string]int32{}
	for _, content := range []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"} {
		id, ok := m.tokenID(content)
		if !ok && content != "[MASK]" {
			return nil, fmt.Errorf("vocab: the special token %s is missing", content)
		}
		if ok {
			ids[content] = id
			added = append(added, addedFlags{addedToken: addedToken{content: content, id: id}})
		}
	}
	return assemble(m, n, added, []int32{ids["[CLS]"]}, []int32{ids["[SEP]"]}, ids["[PAD]"])
}

func configuredNormalizer(path string) (*bertNormalizer, error) {
	config := struct {
		Lowercase    bool  `json:"do_lower_case"`
		StripAccents *bool `json:"strip_accents"`
		Chinese      bool  `json:"tokenize_chinese_chars"`
	}{Lowercase: true, Chinese: true}
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &config)
	}
	if err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	n := &bertNormalizer{cleanText: true, padChinese: config.Chinese, stripAccents: config.Lowercase, lowercase: config.Lowercase, classes: classes()}
	if config.StripAccents != nil {
		n.stripAccents = *config.StripAccents
	}
	return n, nil
}
