package hub

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// The weights of a model: one file, or several and an index that says which tensor is in which.
const (
	weights      = "model.safetensors"
	weightsIndex = "model.safetensors.index.json"
)

// wanted are the small files of an encoder: configuration, tokenizer of whatever kind, and what sentence-transformers adds.
var wanted = []string{
	"config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt",
	"sentencepiece.bpe.model", "spiece.model", "tokenizer.model",
	"modules.json", "sentence_bert_config.json", "config_sentence_transformers.json", "1_Pooling/config.json", "LICENSE",
}

// choose picks a model's files: the small ones and the weights. Names come from wanted or are checked, never taken from the hub as they are.
// shards returns the weight files that the model's index names, and is asked only where the weights lie in several files.
func choose(has func(name string) bool, shards func() ([]string, error)) (small, large []string, err error) {
	if err := complete(has); err != nil {
		return nil, nil, err
	}
	for _, name := range wanted {
		if has(name) {
			small = append(small, name)
		}
	}
	if has(weights) {
		return small, []string{weights}, nil
	}
	if large, err = shards(); err != nil {
		return nil, nil, err
	}
	for _, name := range large {
		if !has(name) {
			return nil, nil, fmt.Errorf("%s names %s, which is not among the model's files", weightsIndex, name)
		}
	}
	return append(small, weightsIndex), large, nil
}

// complete tells what a model lacks.
func complete(has func(name string) bool) error {
	pickle := has("pytorch_model.bin") || has("pytorch_model.bin.index.json")
	sentencePiece := slices.ContainsFunc([]string{"sentencepiece.bpe.model", "spiece.model", "tokenizer.model"}, has)
	switch {
	case !has("config.json"):
		return errors.New("it has no config.json: not a transformers model")
	case !has(weights) && !has(weightsIndex) && pickle:
		return errors.New("its weights are a pickle (pytorch_model.bin), which can run any code when it is read; convert it to model.safetensors " +
			"(transformers: AutoModel.from_pretrained(…).save_pretrained(…)) and fetch that folder")
	case !has(weights) && !has(weightsIndex):
		return errors.New("it has neither model.safetensors nor model.safetensors.index.json")
	case has("tokenizer.json") || has("vocab.txt") || has("vocab.json") && has("merges.txt"):
		return nil
	case sentencePiece:
		return errors.New("its tokenizer is a SentencePiece model only; write it as tokenizer.json " +
			"(transformers: AutoTokenizer.from_pretrained(…).save_pretrained(…)) and fetch that folder")
	}
	return errors.New("it has no tokenizer: neither tokenizer.json nor vocab.txt, nor vocab.json and merges.txt")
}

const (
	maxIndex  = 64 << 20 // bytes; a model of a hundred billion parameters has an index of some hundred KB
	maxShards = 1000
)

// validShard is a weight file beside the index. A name with a folder in it could point out of the model's own.
var validShard = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,150}\.safetensors$`)

// readIndex returns the weight files that an index of weights names, sorted.
func readIndex(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var index struct {
		WeightMap map[string]string `json:"weight_map"`
	}
	if err := json.NewDecoder(io.LimitReader(f, maxIndex)).Decode(&index); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	shards := map[string]bool{}
	for tensor, shard := range index.WeightMap {
		if !validShard.MatchString(shard) {
			return nil, fmt.Errorf("%s: weight_map: %.100q: %.200q is no name of a .safetensors file beside it", filepath.Base(path), tensor, shard)
		}
		shards[shard] = true
	}
	if len(shards) == 0 || len(shards) > maxShards {
		return nil, fmt.Errorf("%s: weight_map names %d files, want 1 to %d", filepath.Base(path), len(shards), maxShards)
	}
	return slices.Sorted(maps.Keys(shards)), nil
}

// chooseIn is choose for a model in a folder.
func chooseIn(folder string) (small, large []string, err error) {
	has := func(name string) bool { return exists(filepath.Join(folder, filepath.FromSlash(name))) }
	return choose(has, func() ([]string, error) { return readIndex(filepath.Join(folder, weightsIndex)) })
}
