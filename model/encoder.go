package model

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"skillspace/internal/libtorch"
	"skillspace/model/safetensors"
)

// Encoder is BERT (Devlin et al., arXiv 1810.04805) or RoBERTa (Liu et al., arXiv 1907.11692) without pooler, computed on
// packed tokens: only attention sees padding, so a token costs the same in any batch. On the CPU a layer is one fused
// operation, on CUDA it is composed of libtorch's.
type Encoder struct {
	Config EncoderConfig
	// Recompute keeps only each layer's input for the backward pass and computes the rest again (gradient checkpointing,
	// Chen et al., arXiv 1604.06174). CPU only.
	Recompute  bool
	parameters *Parameters
	device     libtorch.Device
	fused      []*libtorch.EncoderLayer // none on CUDA
}

// LoadEncoder reads config.json and the weights of a Hugging Face folder onto device.
func LoadEncoder(folder string, device libtorch.Device) (*Encoder, error) {
	return loadEncoder(folder, 0, device, safetensors.OpenFolder)
}

// LoadEncoderLayers is [LoadEncoder] with only so many of the stored layers, those that [keptLayers] says; 0 stands for all.
func LoadEncoderLayers(folder string, layers int64, device libtorch.Device) (*Encoder, error) {
	return loadEncoder(folder, layers, device, safetensors.OpenFolder)
}

// LoadEncoderFile is [LoadEncoder] with the weights in a file of the folder that is called weights.
func LoadEncoderFile(folder, weights string, device libtorch.Device) (*Encoder, error) {
	return loadEncoder(folder, 0, device, func(folder string) (safetensors.Source, error) {
		return safetensors.Open(filepath.Join(folder, weights))
	})
}

func loadEncoder(folder string, layers int64, device libtorch.Device, open func(folder string) (safetensors.Source, error)) (*Encoder, error) {
	config, err := ReadEncoderConfig(folder)
	if err != nil {
		return nil, err
	}
	kept, err := keptLayers(config.Layers, layers)
	if err != nil {
		return nil, fmt.Errorf("encoder %s: %w", folder, err)
	}
	config.Layers = int64(len(kept))
	e := &Encoder{Config: config, parameters: newParameters(device, false), device: device}
	source, err := open(folder)
	if err == nil {
		defer source.Close()
		if err = e.load(source, kept); err == nil {
			err = e.fuse()
		}
	}
	if err != nil {
		e.Close()
		return nil, fmt.Errorf("load encoder weights: %w", err)
	}
	return e, nil
}

type namedShape struct {
	name, stored string // what it is called here, and in the weights that it is read from
	shape        []int64
}

// layerParameters are the parts of a layer, each with a weight and a bias, in the order that libtorch.NewEncoderLayer wants.
var layerParameters = []string{"attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
	"attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm"}

// encoderShapes lists BERT's parameters under their Hugging Face names; its layers are the stored ones of these numbers.
func encoderShapes(c EncoderConfig, layers []int64) []namedShape {
	h, i := c.HiddenSize, c.IntermediateSize
	var list []namedShape
	add := func(prefix, storedPrefix, name string, shape ...int64) {
		list = append(list, namedShape{prefix + name, storedPrefix + name, shape})
	}
	add("embeddings.", "embeddings.", "word_embeddings.weight", c.VocabSize, h)
	add("embeddings.", "embeddings.", "position_embeddings.weight", c.MaxPositions, h)
	add("embeddings.", "embeddings.", "token_type_embeddings.weight", c.TypeVocabSize, h)
	add("embeddings.", "embeddings.", "LayerNorm.weight", h)
	add("embeddings.", "embeddings.", "LayerNorm.bias", h)
	weights := [][]int64{{h, h}, {h, h}, {h, h}, {h, h}, {h}, {i, h}, {h, i}, {h}}
	for layer, stored := range layers {
		for k, name := range layerParameters {
			add(layerPrefix(int64(layer)), layerPrefix(stored), name+".weight", weights[k]...)
			add(layerPrefix(int64(layer)), layerPrefix(stored), name+".bias", weights[k][0])
		}
	}
	return list
}

func layerPrefix(layer int64) string { return "encoder.layer." + strconv.FormatInt(layer, 10) + "." }

// Parameters returns the encoder's parameters.
func (e *Encoder) Parameters() *Parameters { return e.parameters }

// Close frees the weights.
func (e *Encoder) Close() {
	for _, layer := range e.fused {
		layer.Close()
	}
	e.fused = nil
	e.parameters.Close()
}

// SetDropout replaces both dropout probabilities of the configuration; p in [0, 1).
func (e *Encoder) SetDropout(p float64) { e.Config.HiddenDropout, e.Config.AttentionDropout = p, p }

// Hidden returns the last layer's hidden states hiddenNH [N, H] of a batch's packed tokens (Float32).
func (e *Encoder) Hidden(s *libtorch.Scope, b *Batch, training bool) libtorch.Tensor {
	if err := e.check(b); err != nil {
		s.Fail(err)
		return libtorch.Tensor{}
	}
	return e.forward(s, b.layout(s, e.device, libtorch.Float32), training)
}

// check refuses ids and lengths that libtorch would read out of bounds for.
func (e *Encoder) check(b *Batch) error {
	if longest := e.Config.LongestInput(); int64(b.longest) > longest {
		return fmt.Errorf("encoder: a sequence of %d tokens exceeds the model's %d positions", b.longest, longest)
	}
	if low, high := slices.Min(b.ids), slices.Max(b.ids); low < 0 || high >= e.Config.VocabSize {
		return fmt.Errorf("encoder: token ids %d to %d are outside the vocabulary of %d (is this the model's tokenizer?)", low, high, e.Config.VocabSize)
	}
	return nil
}

// forward returns hidden states [N, H]; the layers compute in the layout's precision.
func (e *Encoder) forward(s *libtorch.Scope, l layout, training bool) libtorch.Tensor {
	if l.padding != nil {
		return e.composed(s, l, training)
	}
	layer := libtorch.EncoderLayerOptions{Recompute: e.Recompute}
	embedding := libtorch.EmbeddingOptions{FirstPosition: e.Config.FirstPosition(), Epsilon: e.Config.LayerNormEpsilon, DType: l.precision}
	if training {
		layer.HiddenDropout, layer.AttentionDropout = e.Config.HiddenDropout, e.Config.AttentionDropout
		embedding.Dropout = e.Config.HiddenDropout
	}
	hidden := s.Embed(libtorch.EmbeddingTables{
		Word:       e.parameters.get("embeddings.word_embeddings.weight"),
		Position:   e.parameters.get("embeddings.position_embeddings.weight"),
		TokenType:  e.parameters.get("embeddings.token_type_embeddings.weight"),
		NormWeight: e.parameters.get("embeddings.LayerNorm.weight"),
		NormBias:   e.parameters.get("embeddings.LayerNorm.bias"),
	}, l.ids, l.offsets, embedding)
	for _, fused := range e.fused {
		input := hidden
		hidden = inner(s, func(in *libtorch.Scope) libtorch.Tensor {
			return in.EncoderLayer(fused, s.Move(input, in), l.offsets, layer)
		})
	}
	return hidden
}

// fuse makes the fused layers of an encoder on the CPU.
func (e *Encoder) fuse() error {
	if e.device.IsCUDA() {
		return nil
	}
	for layer := range e.Config.Layers {
		var parameters []libtorch.Tensor
		for _, name := range layerParameters {
			parameters = append(parameters, e.parameters.get(layerPrefix(layer)+name+".weight"), e.parameters.get(layerPrefix(layer)+name+".bias"))
		}
		fused, err := libtorch.NewEncoderLayer(parameters, e.Config.Heads, activations[e.Config.Activation].fused, e.Config.LayerNormEpsilon)
		if err != nil {
			return err
		}
		e.fused = append(e.fused, fused)
	}
	return nil
}

// inner computes a part of the network in a scope of its own: handles of what autograd does not need are freed at once.
func inner(s *libtorch.Scope, f func(in *libtorch.Scope) libtorch.Tensor) libtorch.Tensor {
	var out libtorch.Tensor
	s.Within(func(in *libtorch.Scope) { out = in.Move(f(in), s) })
	return out
}
