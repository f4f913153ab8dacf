package model

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"skillspace/internal/libtorch"
	"skillspace/model/safetensors"
)

// activations maps hidden_act to its function.
var activations = map[string]func(s *libtorch.Scope, x libtorch.Tensor) libtorch.Tensor{
	"gelu":     func(s *libtorch.Scope, x libtorch.Tensor) libtorch.Tensor { return s.Gelu(x, "none") },
	"gelu_new": func(s *libtorch.Scope, x libtorch.Tensor) libtorch.Tensor { return s.Gelu(x, "tanh") },
	"relu":     func(s *libtorch.Scope, x libtorch.Tensor) libtorch.Tensor { return s.Relu(x) },
}

// Encoder is BERT (Devlin et al., arXiv 1810.04805) without its pooler, computed on packed tokens: only attention sees
// padding, so a token costs the same in any batch.
type Encoder struct {
	Config     EncoderConfig
	parameters *Parameters
	device     libtorch.Device
}

// LoadEncoder reads config.json and model.safetensors of a Hugging Face folder onto device. A pickle file is refused.
func LoadEncoder(folder string, device libtorch.Device) (*Encoder, error) {
	return LoadEncoderFile(folder, "model.safetensors", device)
}

// LoadEncoderFile is [LoadEncoder] with weights in another file of the folder.
func LoadEncoderFile(folder, weights string, device libtorch.Device) (*Encoder, error) {
	config, err := ReadEncoderConfig(folder)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(folder, weights)
	if _, err := os.Stat(path); err != nil {
		if _, pickled := os.Stat(filepath.Join(folder, "pytorch_model.bin")); pickled == nil {
			return nil, fmt.Errorf("load encoder weights: %s holds only pytorch_model.bin, a pickle that can run code when loaded; "+
				"convert it to model.safetensors (transformers: save_pretrained(..., safe_serialization=True))", folder)
		}
		return nil, fmt.Errorf("load encoder weights: %w", err)
	}
	e := &Encoder{Config: config, parameters: newParameters(device, false), device: device}
	if err := e.load(path); err != nil {
		e.Close()
		return nil, fmt.Errorf("load encoder weights: %w", err)
	}
	return e, nil
}

func (e *Encoder) load(path string) error {
	file, err := safetensors.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	prefix := ""
	if _, _, ok := file.Tensor("bert.embeddings.word_embeddings.weight"); ok {
		prefix = "bert." // saved with a head on top
	}
	for _, want := range encoderShapes(e.Config) {
		if err := e.parameters.load(file, prefix+want.name, want.name, want.shape); err != nil {
			return err
		}
	}
	return nil
}

type namedShape struct {
	name  string
	shape []int64
}

// encoderShapes lists BERT's parameters under their Hugging Face names.
func encoderShapes(c EncoderConfig) []namedShape {
	h, i := c.HiddenSize, c.IntermediateSize
	list := []namedShape{
		{"embeddings.word_embeddings.weight", []int64{c.VocabSize, h}},
		{"embeddings.position_embeddings.weight", []int64{c.MaxPositions, h}},
		{"embeddings.token_type_embeddings.weight", []int64{c.TypeVocabSize, h}},
		{"embeddings.LayerNorm.weight", []int64{h}},
		{"embeddings.LayerNorm.bias", []int64{h}},
	}
	for layer := range c.Layers {
		prefix := layerPrefix(layer)
		for _, linear := range []struct {
			name    string
			out, in int64
		}{
			{"attention.self.query", h, h}, {"attention.self.key", h, h}, {"attention.self.value", h, h},
			{"attention.output.dense", h, h}, {"intermediate.dense", i, h}, {"output.dense", h, i},
		} {
			list = append(list, namedShape{prefix + linear.name + ".weight", []int64{linear.out, linear.in}},
				namedShape{prefix + linear.name + ".bias", []int64{linear.out}})
		}
		for _, norm := range []string{"attention.output.LayerNorm", "output.LayerNorm"} {
			list = append(list, namedShape{prefix + norm + ".weight", []int64{h}}, namedShape{prefix + norm + ".bias", []int64{h}})
		}
	}
	return list
}

func layerPrefix(layer int64) string { return "encoder.layer." + strconv.FormatInt(layer, 10) + "." }

// Parameters returns the encoder's parameters.
func (e *Encoder) Parameters() *Parameters { return e.parameters }

// Close frees the weights.
func (e *Encoder) Close() { e.parameters.Close() }

// SetDropout replaces both dropout probabilities of the configuration; p in [0, 1).
func (e *Encoder) SetDropout(p float64) { e.Config.HiddenDropout, e.Config.AttentionDropout = p, p }

// Hidden returns the last layer's hidden states hiddenNH [N, H] of a batch's packed tokens (Float32, or autocast's type).
func (e *Encoder) Hidden(s *libtorch.Scope, b *Batch, training bool) libtorch.Tensor {
	if err := e.check(b); err != nil {
		s.Fail(err)
		return libtorch.Tensor{}
	}
	return e.forward(s, b.layout(s, e.device), training)
}

// check refuses ids and lengths that libtorch would read out of bounds for.
func (e *Encoder) check(b *Batch) error {
	if int64(b.longest) > e.Config.MaxPositions {
		return fmt.Errorf("encoder: a sequence of %d tokens exceeds max_position_embeddings %d", b.longest, e.Config.MaxPositions)
	}
	if low, high := slices.Min(b.ids), slices.Max(b.ids); low < 0 || high >= e.Config.VocabSize {
		return fmt.Errorf("encoder: token ids %d to %d are outside the vocabulary of %d (is this the model's tokenizer?)", low, high, e.Config.VocabSize)
	}
	return nil
}

func (e *Encoder) forward(s *libtorch.Scope, l layout, training bool) libtorch.Tensor {
	mask := s.Reshape(l.mask, l.size, 1, 1, l.longest)
	hidden := e.inner(s, func(in *libtorch.Scope) libtorch.Tensor { return e.embed(in, l, training) })
	for layer := range e.Config.Layers {
		input := hidden
		hidden = e.inner(s, func(in *libtorch.Scope) libtorch.Tensor { return e.layer(in, layer, input, mask, l, training) })
	}
	return hidden
}

// inner computes a part of the network in a scope of its own: handles of what autograd does not need are freed at once.
func (e *Encoder) inner(s *libtorch.Scope, f func(in *libtorch.Scope) libtorch.Tensor) libtorch.Tensor {
	var out libtorch.Tensor
	s.Within(func(in *libtorch.Scope) { out = in.Move(f(in), s) })
	return out
}

func (e *Encoder) embed(s *libtorch.Scope, l layout, training bool) libtorch.Tensor {
	word := s.Rows(e.parameters.get("embeddings.word_embeddings.weight"), l.ids)
	position := s.Rows(e.parameters.get("embeddings.position_embeddings.weight"), l.positions)
	tokenType := s.Narrow(e.parameters.get("embeddings.token_type_embeddings.weight"), 0, 0, 1)
	sum := s.Add(s.Add(word, tokenType), position)
	return s.Dropout(e.norm(s, sum, "embeddings.LayerNorm"), e.Config.HiddenDropout, training)
}

func (e *Encoder) layer(s *libtorch.Scope, layer int64, hiddenNH, mask libtorch.Tensor, l layout, training bool) libtorch.Tensor {
	prefix := layerPrefix(layer)
	context := e.attention(s, prefix+"attention.self.", hiddenNH, mask, l, training)
	attended := s.Dropout(e.linear(s, context, prefix+"attention.output.dense"), e.Config.HiddenDropout, training)
	hiddenNH = e.norm(s, s.Add(attended, hiddenNH), prefix+"attention.output.LayerNorm")
	between := activations[e.Config.Activation](s, e.linear(s, hiddenNH, prefix+"intermediate.dense"))
	out := s.Dropout(e.linear(s, between, prefix+"output.dense"), e.Config.HiddenDropout, training)
	return e.norm(s, s.Add(out, hiddenNH), prefix+"output.LayerNorm")
}

// attention pads queries, keys and values to [B, heads, T, H/heads], attends under the mask and packs the result again.
func (e *Encoder) attention(s *libtorch.Scope, prefix string, hiddenNH, mask libtorch.Tensor, l layout, training bool) libtorch.Tensor {
	heads := e.Config.Heads
	size := e.Config.HiddenSize / heads
	split := func(name string) libtorch.Tensor {
		paddedBTH := s.Rows(e.linear(s, hiddenNH, prefix+name), l.padded)
		return s.Transpose(s.Reshape(paddedBTH, l.size, l.longest, heads, size), 1, 2)
	}
	contextBTH := s.Attention(split("query"), split("key"), split("value"), mask, e.Config.AttentionDropout, training)
	flat := s.Reshape(s.Transpose(contextBTH, 1, 2), l.size*l.longest, e.Config.HiddenSize)
	return s.Rows(flat, l.packed)
}

func (e *Encoder) linear(s *libtorch.Scope, x libtorch.Tensor, name string) libtorch.Tensor {
	return s.Linear(x, e.parameters.get(name+".weight"), e.parameters.get(name+".bias"))
}

func (e *Encoder) norm(s *libtorch.Scope, x libtorch.Tensor, name string) libtorch.Tensor {
	return s.LayerNorm(x, e.parameters.get(name+".weight"), e.parameters.get(name+".bias"), e.Config.HiddenSize, e.Config.LayerNormEpsilon)
}
