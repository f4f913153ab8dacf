package tokenize

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"skillspace/internal/folder"
)

// byteLevelClassNames are the tokenizer classes of transformers that use vocab.json and merges.txt as RoBERTa
// does.
var byteLevelClassNames = []string{"", "Roberta"}

// mergesTokenizer builds RoBERTa's tokenizer from vocab.json and the merges.txt beside it. Like transformers, it
// reads the folder's tokenizer_config.json if there is one.
func mergesTokenizer(text []byte, in *folder.Folder) (*Tokenizer, error) {
	config := &vocabConfig{Unknown: "<unk>", CLS: "<s>", SEP: "</s>", Pad: "<pad>", Mask: "<mask>"}
	if err := config.read(in, byteLevelClassNames, "RoBERTa's vocab.json"); err != nil {
		return nil, err
	}
	vocab := bpeVocab{unknown: string(config.Unknown)}
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("not UTF-8")
	}
	if err := json.Unmarshal(text, &vocab.ids); err != nil {
		return nil, err
	}
	var err error
	if vocab.merges, err = readMerges(in, "merges.txt"); err != nil {
		return nil, err
	}
	m, err := newBPE(vocab)
	if err != nil {
		return nil, err
	}
	around, added, err := config.special(m, true)
	if err != nil {
		return nil, err
	}
	return assemble(parts{
		splitter: byteLevel{prefix: config.Prefix, regex: true, classes: byteLevelClasses()}, model: m,
		added: added, prefix: around.cls, suffix: around.sep, padID: around.pad,
	})
}

func readMerges(in *folder.Folder, name string) (merges [][2]string, err error) {
	path := in.Join(name)
	text, err := in.Read(name, maxFile)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("%s: not UTF-8", path)
	}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			continue
		}
		pair, ok, err := splitMerge(line)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, number, err)
		}
		if ok {
			merges = append(merges, pair)
		}
	}
	return merges, nil
}
