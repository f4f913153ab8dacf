package extract

import (
	"fmt"

	"golang.org/x/sys/cpu"

	"skillspace/checkpoints"
	"skillspace/data/tokenize"
	"skillspace/internal/libtorch"
	"skillspace/model"
)

// LoadBiEncoder loads a checkpoint as the embedders of sentences and of skills. close frees the weights.
func LoadBiEncoder(dir string, device libtorch.Device) (sentences, skills *Embedder, closeModel func(), err error) {
	sentences, skills, _, closeModel, err = loadBiEncoder(dir, device)
	return sentences, skills, closeModel, err
}

func loadBiEncoder(dir string, device libtorch.Device) (sentences, skills *Embedder, manifest *checkpoints.Manifest, closeModel func(), err error) {
	biencoder, manifest, err := checkpoints.LoadBiEncoder(dir, device)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	tokenizer, err := tokenize.Load(dir)
	if err != nil {
		biencoder.Close()
		return nil, nil, nil, nil, fmt.Errorf("checkpoint %s: %w", dir, err)
	}
	m := manifest.Model
	sentences = &Embedder{biencoder.Sentence, tokenizer, m.SentencePrefix, m.MaxLength, libtorch.Float32}
	skills = &Embedder{biencoder.Skill, tokenizer, m.SkillPrefix, m.MaxLength, libtorch.Float32}
	return sentences, skills, manifest, biencoder.Close, nil
}

// LoadStock loads a pretrained encoder as it is, with mean pooling: the baseline.
func LoadStock(folder string, maxLength int, device libtorch.Device) (*Embedder, func(), error) {
	encoder, err := model.LoadEncoder(folder, device)
	if err != nil {
		return nil, nil, err
	}
	tower, err := model.NewTower(encoder, model.HeadConfig{Pooling: model.MeanPooling})
	if err != nil {
		encoder.Close()
		return nil, nil, err
	}
	tokenizer, err := tokenize.Load(folder)
	if err != nil {
		tower.Close()
		return nil, nil, err
	}
	return &Embedder{tower, tokenizer, "", maxLength, libtorch.Float32}, tower.Close, nil
}

// LoadFilter loads a filter's checkpoint.
func LoadFilter(dir string, device libtorch.Device) (*SentenceFilter, func(), error) {
	filter, manifest, err := checkpoints.LoadFilter(dir, device)
	if err != nil {
		return nil, nil, err
	}
	tokenizer, err := tokenize.Load(dir)
	if err != nil {
		filter.Close()
		return nil, nil, fmt.Errorf("checkpoint %s: %w", dir, err)
	}
	m := manifest.Model
	f := &SentenceFilter{Model: filter, Tokenizer: tokenizer, MaxLength: m.MaxLength, Context: m.ContextTokens,
		Temperature: m.Temperature, Threshold: m.Threshold, Precision: libtorch.Float32}
	return f, filter.Close, nil
}

// Precision resolves train.precision: "auto" is bf16 where the hardware multiplies it natively, else fp32. "fp16" is for CUDA devices.
func Precision(name string, device libtorch.Device) libtorch.DType {
	if name == "fp16" {
		return libtorch.Float16
	}
	native := device.IsCUDA() || cpu.X86.HasAVX512BF16 || cpu.X86.HasAMXBF16
	if name == "bf16" || (name == "auto" && native) {
		return libtorch.BFloat16
	}
	return libtorch.Float32
}
