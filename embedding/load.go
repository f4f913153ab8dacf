package embedding

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/cpu"

	"skillspace/checkpoints"
	"skillspace/data/tokenize"
	"skillspace/internal/libtorch"
	"skillspace/model"
)

// Embedders are the two sides of a bi-encoder's checkpoint. Both may share one tower.
type Embedders struct {
	Sentences, Skills *Embedder
	Manifest          *checkpoints.Manifest

	biencoder *model.BiEncoder
}

// Close frees the weights of both embedders.
func (e *Embedders) Close() { e.biencoder.Close() }

// LoadBiEncoder loads a bi-encoder's checkpoint. Its forward passes are in fp32.
func LoadBiEncoder(dir string, device libtorch.Device) (*Embedders, error) {
	c, err := checkpoints.Open(dir, checkpoints.BiEncoder)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return LoadBiEncoderFrom(c, device)
}

// LoadBiEncoderFrom is [LoadBiEncoder] for an open checkpoint.
func LoadBiEncoderFrom(c *checkpoints.Checkpoint, device libtorch.Device) (*Embedders, error) {
	biencoder, err := c.LoadBiEncoder(device)
	if err != nil {
		return nil, err
	}
	tokenizer, err := tokenize.LoadIn(c.Folder())
	if err != nil {
		biencoder.Close()
		return nil, fmt.Errorf("checkpoint %s: %w", c.Path(), err)
	}
	m := c.Manifest.Model
	return &Embedders{
		Sentences: &Embedder{biencoder.Sentence, tokenizer, m.SentencePrefix, m.MaxLength, libtorch.Float32, new(Divided)},
		Skills:    &Embedder{biencoder.Skill, tokenizer, m.SkillPrefix, m.MaxLength, libtorch.Float32, nil},
		Manifest:  c.Manifest, biencoder: biencoder,
	}, nil
}

// LoadStock loads a pretrained encoder as it came, with mean pooling: the baseline. Its forward passes are in fp32.
func LoadStock(folder string, maxLength int, device libtorch.Device) (*Embedder, error) {
	encoder, err := model.LoadEncoder(folder, device)
	if err != nil {
		return nil, err
	}
	tower, err := model.NewTower(encoder, model.HeadConfig{Pooling: model.MeanPooling})
	if err != nil {
		encoder.Close()
		return nil, err
	}
	tokenizer, err := tokenize.Load(folder)
	if err != nil {
		tower.Close()
		return nil, err
	}
	return &Embedder{tower, tokenizer, "", maxLength, libtorch.Float32, new(Divided)}, nil
}

// StockMaxLength returns the longest input of a pretrained encoder's folder, in tokens: max_seq_length of
// sentence-transformers' sentence_bert_config.json where there is one, else the encoder's number of positions, at most
// 512.
func StockMaxLength(folder string) (int, error) {
	config, err := model.ReadEncoderConfig(folder)
	if err != nil {
		return 0, err
	}
	positions := int(min(config.LongestInput(), 512))
	path := filepath.Join(folder, "sentence_bert_config.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return positions, nil
	}
	if err != nil {
		return 0, fmt.Errorf("longest input: %w", err)
	}
	var wanted struct {
		MaxLength int `json:"max_seq_length"`
	}
	if err := json.Unmarshal(text, &wanted); err != nil {
		return 0, fmt.Errorf("longest input: %s: %w", path, err)
	}
	if wanted.MaxLength < 1 {
		return positions, nil
	}
	return min(wanted.MaxLength, positions), nil
}

// LoadFilter loads a sentence filter's checkpoint. Its forward passes are in fp32.
func LoadFilter(dir string, device libtorch.Device) (*SentenceFilter, error) {
	c, err := checkpoints.Open(dir, checkpoints.Filter)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return LoadFilterFrom(c, device)
}

// LoadFilterFrom is [LoadFilter] for an open checkpoint.
func LoadFilterFrom(c *checkpoints.Checkpoint, device libtorch.Device) (*SentenceFilter, error) {
	filter, err := c.LoadFilter(device)
	if err != nil {
		return nil, err
	}
	tokenizer, err := tokenize.LoadIn(c.Folder())
	if err != nil {
		filter.Close()
		return nil, fmt.Errorf("checkpoint %s: %w", c.Path(), err)
	}
	m := c.Manifest.Model
	return &SentenceFilter{Model: filter, Tokenizer: tokenizer, MaxLength: m.MaxLength, Context: m.ContextTokens,
		Temperature: m.Temperature, Threshold: m.Threshold, Precision: libtorch.Float32, Divided: new(Divided)}, nil
}

// Precision resolves the settings precision and train.precision on a device: "fp32", "bf16", "fp16" (for CUDA devices)
// or "auto", which is bf16 where the hardware multiplies it natively and fp32 elsewhere. Empty is fp32.
func Precision(name string, device libtorch.Device) libtorch.DType {
	native := device.IsCUDA() || cpu.X86.HasAVX512BF16 || cpu.X86.HasAMXBF16
	switch {
	case name == "fp16":
		return libtorch.Float16
	case name == "bf16", name == "auto" && native:
		return libtorch.BFloat16
	}
	return libtorch.Float32
}
