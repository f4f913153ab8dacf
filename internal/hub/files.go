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

// A model's weights are in one file, or in several files and an index that names the file of each tensor.
const (
	weights      = "model.safetensors"
	weightsIndex = "model.safetensors.index.json"
)

// smallFiles are an encoder's configuration, its tokenizer, and the files that sentence-transformers adds.
var smallFiles = []string{
	"config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt",
	"sentencepiece.bpe.model", "spiece.model", "tokenizer.model",
	"modules.json", "sentence_bert_config.json", "config_sentence_transformers.json", "1_Pooling/config.json", "LICENSE",
}

// choose returns a model's small files and its weight files. Every name is in smallFiles or has been checked, because the hub's
// names cannot be trusted. The function shards returns the weight files that the index names. It is called only if the weights are
// in several files.
func choose(has func(name string) bool, shards func() ([]string, error)) (small, large []string, err error) {
	if err := complete(has); err != nil {
		return nil, nil, err
	}
	for _, name := range smallFiles {
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

// complete returns an error that names the file that a model lacks.
func complete(has func(name string) bool) error {
	pickle := has("pytorch_model.bin") || has("pytorch_model.bin.index.json")
	sentencePiece := slices.ContainsFunc([]string{"sentencepiece.bpe.model", "spiece.model", "tokenizer.model"}, has)
	switch {
	case !has("config.json"):
		return errors.New("it has no config.json, so it is not a transformers model")
	case !has(weights) && !has(weightsIndex) && pickle:
		return errors.New("its weights are a pickle (pytorch_model.bin), and reading a pickle can run any code; convert it to model.safetensors " +
			"(transformers: AutoModel.from_pretrained(…).save_pretrained(…)) and fetch that folder")
	case !has(weights) && !has(weightsIndex):
		return errors.New("it has neither model.safetensors nor model.safetensors.index.json")
	case has("tokenizer.json") || has("vocab.txt") || has("vocab.json") && has("merges.txt"):
		return nil
	case sentencePiece:
		return errors.New("its only tokenizer is a SentencePiece model; convert it to tokenizer.json " +
			"(transformers: AutoTokenizer.from_pretrained(…).save_pretrained(…)) and fetch that folder")
	}
	return errors.New("it has no tokenizer (tokenizer.json, vocab.txt, or vocab.json with merges.txt)")
}

const (
	maxIndex  = 64 << 20 // bytes; the index of a model with 100 billion parameters has a few hundred KB
	maxShards = 1000
)

// validShard is the name of a weight file beside the index. A name with a slash could point outside the model's folder.
var validShard = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,150}\.safetensors$`)

// readIndex returns the weight files that an index names, sorted.
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
			return nil, fmt.Errorf("%s: weight_map: %.100q: %.200q is not the name of a .safetensors file beside it", filepath.Base(path), tensor, shard)
		}
		shards[shard] = true
	}
	if len(shards) == 0 || len(shards) > maxShards {
		return nil, fmt.Errorf("%s: weight_map names %d files, want 1 to %d", filepath.Base(path), len(shards), maxShards)
	}
	return slices.Sorted(maps.Keys(shards)), nil
}

// chooseIn calls choose for a model in a folder.
func chooseIn(folder string) (small, large []string, err error) {
	has := func(name string) bool { return exists(filepath.Join(folder, filepath.FromSlash(name))) }
	return choose(has, func() ([]string, error) { return readIndex(filepath.Join(folder, weightsIndex)) })
}
