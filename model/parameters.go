package model

import (
	"fmt"
	"slices"
	"strings"

	"skillspace/internal/libtorch"
	"skillspace/model/safetensors"
)

// Parameter is a named, trainable tensor, Float32 and contiguous.
type Parameter struct {
	Name   string
	Tensor libtorch.Tensor
	Shape  []int64
	Head   bool // trained at the head's learning rate, not the encoder's
	Decay  bool // weight decay applies: matrices, neither biases nor norms
}

// Parameters is an ordered set of parameters that owns their memory.
type Parameters struct {
	scope  *libtorch.Scope
	device libtorch.Device
	list   []Parameter
	index  map[string]int
	head   bool
}

func newParameters(device libtorch.Device, head bool) *Parameters {
	return &Parameters{scope: libtorch.NewScope(), device: device, index: map[string]int{}, head: head}
}

// Close frees the parameters' memory.
func (p *Parameters) Close() { p.scope.Close() }

// List returns the parameters in the order in which they were added.
func (p *Parameters) List() []Parameter { return p.list }

// get returns the named parameter's tensor, or the zero Tensor.
func (p *Parameters) get(name string) libtorch.Tensor {
	if i, found := p.index[name]; found {
		return p.list[i].Tensor
	}
	return libtorch.Tensor{}
}

// shape returns the named parameter's shape, or two zeros.
func (p *Parameters) shape(name string) []int64 {
	if i, found := p.index[name]; found {
		return p.list[i].Shape
	}
	return []int64{0, 0}
}

// add makes a trainable Float32 parameter on the device with the values of a CPU tensor.
func (p *Parameters) add(s *libtorch.Scope, name string, value libtorch.Tensor, shape []int64) error {
	if _, twice := p.index[name]; twice {
		return fmt.Errorf("parameter %q exists already", name)
	}
	t := s.Zeros(libtorch.Float32, p.device, shape...)
	if err := s.Err(); err != nil {
		return fmt.Errorf("parameter %q: %w", name, err)
	}
	if err := libtorch.CopyInto(t, value); err != nil {
		return fmt.Errorf("parameter %q: %w", name, err)
	}
	if err := libtorch.Parameter(s.Move(t, p.scope), true); err != nil {
		return fmt.Errorf("parameter %q: %w", name, err)
	}
	p.index[name] = len(p.list)
	decay := len(shape) > 1 && !strings.Contains(name, "LayerNorm")
	p.list = append(p.list, Parameter{Name: name, Tensor: t, Shape: slices.Clone(shape), Head: p.head, Decay: decay})
	return nil
}

// torchTypes maps safetensors' element types to libtorch's.
var torchTypes = map[string]libtorch.DType{
	"F64": libtorch.Float64, "F32": libtorch.Float32, "F16": libtorch.Float16, "BF16": libtorch.BFloat16,
}

// load adds a parameter with the values of the file's tensor called stored. Another shape is an error.
func (p *Parameters) load(file safetensors.Source, stored, name string, shape []int64) error {
	s := libtorch.NewScope()
	defer s.Close()
	value, err := read(s, file, stored, shape)
	if err != nil {
		return err
	}
	return p.add(s, name, value, shape)
}

// read copies a float tensor of file into scope s. Another shape and a value that is not finite are errors.
func read(s *libtorch.Scope, file safetensors.Source, name string, shape []int64) (libtorch.Tensor, error) {
	info, data, ok := file.Tensor(name)
	if !ok {
		return libtorch.Tensor{}, fmt.Errorf("%s: tensor %q is missing", file.Location(), name)
	}
	if !slices.Equal(info.Shape, shape) {
		return libtorch.Tensor{}, fmt.Errorf("%s: tensor %q: want %v, got %v", file.Location(), name, shape, info.Shape)
	}
	dtype, ok := torchTypes[info.DType]
	if !ok {
		return libtorch.Tensor{}, fmt.Errorf("%s: tensor %q: element type %s is not a float", file.Location(), name, info.DType)
	}
	if at := safetensors.NotFinite(info, data); at >= 0 {
		return libtorch.Tensor{}, fmt.Errorf("%s: tensor %q: value %d is not a finite number", file.Location(), name, at)
	}
	value := s.New(data, dtype, shape...)
	return value, s.Err()
}

// Assign overwrites every parameter from file, where each is stored as prefix + name.
func (p *Parameters) Assign(file safetensors.Source, prefix string) error {
	for _, parameter := range p.list {
		if err := LoadFloat32(file, prefix+parameter.Name, parameter.Shape, parameter.Tensor); err != nil {
			return err
		}
	}
	return nil
}

// LoadFloat32 overwrites destination, of the given shape, with the tensor called name in file.
func LoadFloat32(file safetensors.Source, name string, shape []int64, destination libtorch.Tensor) error {
	s := libtorch.NewScope()
	defer s.Close()
	value, err := read(s, file, name, shape)
	if err != nil {
		return err
	}
	return libtorch.CopyInto(destination, value)
}

// Stored describes the parameters for [safetensors.Write] as Float32 tensors called prefix + name.
func (p *Parameters) Stored(prefix string) []safetensors.Tensor {
	return Stored(p.list, prefix)
}

// Stored describes parameters for [safetensors.Write] as Float32 tensors called prefix + name.
func Stored(parameters []Parameter, prefix string) []safetensors.Tensor {
	tensors := make([]safetensors.Tensor, len(parameters))
	for i, parameter := range parameters {
		tensors[i] = StoreFloat32(prefix+parameter.Name, parameter.Tensor, parameter.Shape)
	}
	return tensors
}

// StoreFloat32 describes a Float32 tensor for [safetensors.Write].
func StoreFloat32(name string, t libtorch.Tensor, shape []int64) safetensors.Tensor {
	return safetensors.Tensor{Name: name, DType: "F32", Shape: shape, Data: func() ([]byte, error) {
		values, err := t.Float32s()
		if err != nil {
			return nil, err
		}
		return safetensors.Float32Bytes(values), nil
	}}
}
