package tokenize

import (
	"encoding/json"
	"fmt"
	"strings"
)

// bpeJSON is a BPE model in tokenizer.json, including keys that byte-level models leave empty.
type bpeJSON struct {
	Vocab        map[string]int    `json:"vocab"`
	Merges       []json.RawMessage `json:"merges"`
	Unknown      *string           `json:"unk_token"`
	Fuse         bool              `json:"fuse_unk"`
	Dropout      *float64          `json:"dropout"`
	Prefix       *string           `json:"continuing_subword_prefix"`
	Suffix       *string           `json:"end_of_word_suffix"`
	ByteFallback bool              `json:"byte_fallback"`
	IgnoreMerges bool              `json:"ignore_merges"`
}

func parseBPE(raw json.RawMessage) (model, error) {
	var file bpeJSON
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, err
	}
	if err := file.check(); err != nil {
		return nil, err
	}
	vocab := bpeVocab{ids: file.Vocab, fuse: file.Fuse}
	if file.Unknown != nil {
		vocab.unknown = *file.Unknown
	}
	for i, raw := range file.Merges {
		pair, ok, err := parseMerge(raw)
		if err != nil {
			return nil, fmt.Errorf("merges: entry %d: %w", i, err)
		}
		if ok {
			vocab.merges = append(vocab.merges, pair)
		}
	}
	return newBPE(vocab)
}

// check refuses settings that would change ids and are not implemented.
func (f *bpeJSON) check() error {
	switch {
	case f.Dropout != nil && *f.Dropout != 0:
		return fmt.Errorf("dropout is %v, which is not supported (none is)", *f.Dropout)
	case f.Prefix != nil && *f.Prefix != "":
		return fmt.Errorf("continuing_subword_prefix is %q, which is not supported (none is)", *f.Prefix)
	case f.Suffix != nil && *f.Suffix != "":
		return fmt.Errorf("end_of_word_suffix is %q, which is not supported (none is)", *f.Suffix)
	case f.ByteFallback:
		return fmt.Errorf("byte_fallback is not supported")
	case f.IgnoreMerges:
		return fmt.Errorf("ignore_merges is not supported")
	}
	return nil
}

// parseMerge reads "a b" or ["a", "b"]; ok is false for a line that names a version.
func parseMerge(raw json.RawMessage) (pair [2]string, ok bool, err error) {
	var line string
	if json.Unmarshal(raw, &line) == nil {
		return splitMerge(line)
	}
	var parts []string
	if json.Unmarshal(raw, &parts) != nil || len(parts) != 2 {
		return pair, false, fmt.Errorf("want \"a b\" or [\"a\", \"b\"]: %.40s", raw)
	}
	return [2]string(parts), true, nil
}

// splitMerge reads a line of merges.txt.
func splitMerge(line string) (pair [2]string, ok bool, err error) {
	if strings.HasPrefix(line, "#version") {
		return pair, false, nil
	}
	left, right, found := strings.Cut(line, " ")
	if !found || strings.Contains(right, " ") {
		return pair, false, fmt.Errorf("want two tokens with a space between: %.40q", line)
	}
	return [2]string{left, right}, true, nil
}
