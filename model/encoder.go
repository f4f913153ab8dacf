package model

import (
	"fmt"
	"slices"
	"strconv"

	"skillspace/internal/folder"
	"skillspace/internal/libtorch"
	"skillspace/model/family"
	"skillspace/model/network"
	"skillspace/model/safetensors"
)

// EncoderConfig is what an encoder's config.json says.
type EncoderConfig = family.Config

// ReadEncoderConfig reads and checks config.json in a Hugging Face folder. Errors name the file and the key.
func ReadEncoderConfig(path string) (EncoderConfig, error) {
	in, err := folder.Open(path)
	if err != nil {
		return EncoderConfig{}, fmt.Errorf("encoder config: %w", err)
	}
	defer in.Close()
	return family.ReadIn(in)
}

// ReadEncoderConfigIn is [ReadEncoderConfig] in an open folder.
func ReadEncoderConfigIn(in *folder.Folder) (EncoderConfig, error) { return family.ReadIn(in) }

// Encoder is a pretrained encoder of one of the families in package family. It maps token ids to one hidden state per
// token. Tokens are packed: only attention sees padding, so a token costs the same in any batch.
type Encoder struct {
	Config EncoderConfig
	// Recompute keeps only each layer's input for the backward pass and computes the rest again (gradient checkpointing,
	// Chen et al., arXiv 1604.06174). It has no effect where [Encoder.CanRecompute] is false.
	Recompute  bool
	network    family.Network
	parameters *Parameters
	device     libtorch.Device
	fused      map[*network.Layer]*libtorch.EncoderLayer // on the CPU; none for a family whose layers are composed
}

// LoadEncoder reads config.json and the weights of a Hugging Face folder onto device.
func LoadEncoder(path string, device libtorch.Device) (*Encoder, error) {
	return LoadEncoderLayers(path, 0, device)
}

// LoadEncoderLayers is [LoadEncoder] with the given number of the stored layers, spread evenly; 0 means all.
func LoadEncoderLayers(path string, layers int64, device libtorch.Device) (*Encoder, error) {
	in, err := folder.Open(path)
	if err != nil {
		return nil, fmt.Errorf("encoder: %w", err)
	}
	defer in.Close()
	return loadEncoder(in, layers, device, safetensors.OpenFolder)
}

// LoadEncoderIn is [LoadEncoder] in an open folder, with the weights in the file that weights names.
func LoadEncoderIn(in *folder.Folder, weights string, device libtorch.Device) (*Encoder, error) {
	return loadEncoder(in, 0, device, func(in *folder.Folder) (safetensors.Source, error) {
		return safetensors.OpenIn(in, weights)
	})
}

func loadEncoder(in *folder.Folder, layers int64, device libtorch.Device, open func(*folder.Folder) (safetensors.Source, error)) (*Encoder, error) {
	config, err := family.ReadIn(in)
	if err != nil {
		return nil, err
	}
	kept, err := keptLayers(config.Layers, layers)
	if err != nil {
		return nil, fmt.Errorf("encoder %s: %w", in.Path(), err)
	}
	config.Layers = int64(len(kept))
	net, err := family.New(config)
	if err != nil {
		return nil, err
	}
	source, err := open(in)
	if err != nil {
		return nil, fmt.Errorf("load encoder weights: %w", err)
	}
	defer source.Close()
	e := &Encoder{Config: config, network: net, parameters: newParameters(device, false), device: device}
	if err = e.load(source, kept); err == nil {
		err = e.fuse()
	}
	if err != nil {
		e.Close()
		return nil, fmt.Errorf("load encoder weights: %w", err)
	}
	return e, nil
}

// keptLayers returns the 0-based numbers of the stored layers that an encoder with fewer layers keeps. They are spread
// evenly and include the last one. layers 0 keeps all. A shallow encoder then starts near the deep one (Sajjad et al.,
// arXiv 2004.03844).
func keptLayers(stored, layers int64) ([]int64, error) {
	if layers < 0 || layers > stored {
		return nil, fmt.Errorf("it has %d layers, %d are wanted", stored, layers)
	}
	if layers == 0 {
		layers = stored
	}
	kept := make([]int64, layers)
	for k := range layers {
		kept[k] = (k+1)*stored/layers - 1
	}
	return kept, nil
}

// fuse makes the fused layers of an encoder on the CPU.
func (e *Encoder) fuse() error {
	e.fused = map[*network.Layer]*libtorch.EncoderLayer{}
	if e.device.IsCUDA() {
		return nil
	}
	for _, layer := range e.network.FusedLayers {
		var parameters []libtorch.Tensor
		for _, name := range layer.Modules() {
			parameters = append(parameters, e.parameters.get(name+".weight"), e.parameters.get(name+".bias"))
		}
		fused, err := libtorch.NewEncoderLayer(parameters, layer.Heads, activations[layer.Activation].fused, layer.Epsilon)
		if err != nil {
			return err
		}
		e.fused[layer] = fused
	}
	return nil
}

// CanRecompute reports whether [Encoder.Recompute] has an effect: on the CPU, for families with fused layers.
func (e *Encoder) CanRecompute() bool { return len(e.fused) > 0 }

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

// Hidden returns the last layer's hidden states hiddenNH [N, H] of a batch's packed tokens, Float32.
func (e *Encoder) Hidden(s *libtorch.Scope, b *Batch, training bool) libtorch.Tensor {
	hiddenNH, _ := e.hiddenFloat32(s, b, libtorch.Float32, training)
	return hiddenNH
}

// check refuses ids and lengths that would make libtorch read out of bounds.
func (e *Encoder) check(b *Batch) error {
	if longest := e.Config.LongestInput(); int64(b.longest) > longest {
		return fmt.Errorf("encoder: a sequence of %d tokens exceeds the model's %d positions", b.longest, longest)
	}
	if low, high := slices.Min(b.ids), slices.Max(b.ids); low < 0 || high >= e.Config.VocabSize {
		return fmt.Errorf("encoder: token ids %d to %d are outside the vocabulary of %d (is this the model's tokenizer?)", low, high, e.Config.VocabSize)
	}
	return nil
}

// hiddenFloat32 runs the encoder in precision and returns Float32 hidden states and the batch's layout.
func (e *Encoder) hiddenFloat32(s *libtorch.Scope, b *Batch, precision libtorch.DType, training bool) (libtorch.Tensor, *layout) {
	if err := e.check(b); err != nil {
		s.Fail(err)
		return libtorch.Tensor{}, &layout{scope: s}
	}
	l := b.layout(s, e.device, precision)
	return s.To(e.forward(s, l, training), libtorch.Float32), l
}

// forward returns hidden states [N, H], in the layout's precision where layers are fused.
func (e *Encoder) forward(s *libtorch.Scope, l *layout, training bool) (hiddenNH libtorch.Tensor) {
	n := &eager{scope: s, parameters: e.parameters, layout: l, encoder: e, training: training}
	n.fused = !l.composed && len(e.fused) > 0
	run := func() { hiddenNH = tensor(e.network.Forward(n)) }
	if n.fused {
		run()
	} else if err := libtorch.Autocast(e.device, l.precision, run); err != nil {
		s.Fail(err)
	}
	return hiddenNH
}

// Layers returns how many encoder layers of the configuration's family the parameters have.
func (p *Parameters) Layers(c EncoderConfig) (layers int64, err error) {
	net, err := family.New(c)
	if err != nil {
		return 0, err
	}
	for _, parameter := range p.list {
		if layer, in := net.Layer(parameter.Name); in {
			layers = max(layers, layer+1)
		}
	}
	return layers, nil
}

// storedLayer returns a parameter's name in the stored weights, where its layer has the number that kept lists for it.
func storedLayer(net family.Network, name string, kept []int64) string {
	layer, in := net.Layer(name)
	if !in {
		return name
	}
	number := strconv.FormatInt(layer, 10)
	return net.LayerPrefix + strconv.FormatInt(kept[layer], 10) + name[len(net.LayerPrefix)+len(number):]
}
