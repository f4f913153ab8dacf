// Package family holds the encoder families, one file each: what config.json calls things, the parameters' names and
// shapes, and the network. A family is registered by the model_type of Hugging Face's config.json.
package family

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"skillspace/model/network"
)

// Family describes encoders of one or several model types.
type Family struct {
	// Keys maps BERT's keys of config.json to the family's, where they differ.
	Keys map[string]string
	// Defaults apply where config.json lacks a key.
	Defaults Config
	// Complete fills in what config.json does not say and refuses what Network does not compute. It may be nil.
	Complete func(c *Config) error
	// NoPooler says that transformers' bare model has no pooler, so that its constructor cannot be told to leave it out.
	NoPooler bool
	// Network builds the network of a checked configuration.
	Network func(c Config) Network
}

// Network is an encoder's network: its parameters and its forward pass.
type Network struct {
	Parameters []Parameter
	// WordTable is the word table's name. If a file of weights has a prefix before it, all names have that prefix.
	WordTable string
	// LayerPrefix precedes a layer's number in the names of its parameters.
	LayerPrefix string
	// Alias returns another name that a file of weights may have for a parameter, or the same name. It may be nil.
	Alias func(name string) string
	// FusedLayers are the layers that the CPU computes as one operation each. There are none if the layers
	// need an attention bias or anything else that [network.Layer] does not describe.
	FusedLayers []*network.Layer
	// Forward gives the hidden states of all tokens.
	Forward func(n network.Operations) network.Value
}

// Parameter is the name of a parameter, as transformers saves it, and its shape.
type Parameter struct {
	Name  string
	Shape []int64
}

var families = map[string]*Family{}

// register makes a family known under model types. It is called from init functions.
func register(f *Family, modelTypes ...string) {
	for _, name := range modelTypes {
		families[name] = f
	}
}

// ModelTypes lists the model types that can be loaded, sorted.
func ModelTypes() []string { return slices.Sorted(maps.Keys(families)) }

// find returns the family of a model type. The error lists the supported ones.
func find(modelType string) (*Family, error) {
	f, found := families[modelType]
	if !found {
		return nil, fmt.Errorf("model_type: %q is not supported (%s are)", modelType, strings.Join(ModelTypes(), ", "))
	}
	return f, nil
}

// New returns the network of a configuration that [ReadIn] returned.
func New(c Config) (Network, error) {
	f, err := find(c.ModelType)
	if err != nil {
		return Network{}, err
	}
	return f.Network(c), nil
}

// Layer returns the number of the layer that a parameter belongs to, and false where it belongs to none.
func (n Network) Layer(parameter string) (int64, bool) {
	rest, found := strings.CutPrefix(parameter, n.LayerPrefix)
	digits, _, dot := strings.Cut(rest, ".")
	number, err := strconv.ParseInt(digits, 10, 64)
	return number, found && dot && err == nil
}

// inLayer returns the prefix of the names of a layer's parameters.
func inLayer(prefix string, layer int64) string { return prefix + strconv.FormatInt(layer, 10) + "." }

// shapes collects parameters.
type shapes []Parameter

func (s *shapes) add(name string, shape ...int64) { *s = append(*s, Parameter{name, shape}) }

// affine adds a weight and a bias, whose size is the weight's first dimension.
func (s *shapes) affine(name string, shape ...int64) {
	s.add(name+".weight", shape...)
	s.add(name+".bias", shape[0])
}

// embeddings adds the tables of e, of rows of the given width, and its norm.
func (s *shapes) embeddings(e *network.Embeddings, c Config, width int64) {
	s.add(e.Word, c.VocabSize, width)
	s.add(e.Position, c.MaxPositions, width)
	if e.TokenType != "" {
		s.add(e.TokenType, c.TypeVocabSize, width)
	}
	s.affine(e.Norm, width)
}

// layer adds the parameters of l.
func (s *shapes) layer(l *network.Layer, c Config) {
	h, i := c.HiddenSize, c.IntermediateSize
	sizes := [][]int64{{h, h}, {h, h}, {h, h}, {h, h}, {h}, {i, h}, {h, i}, {h}}
	for k, name := range l.Modules() {
		s.affine(name, sizes[k]...)
	}
}

// forwardLayers applies layers one after another.
func forwardLayers(n network.Operations, layers []*network.Layer, hidden, bias network.Value) network.Value {
	for _, layer := range layers {
		hidden = layer.Forward(n, hidden, bias)
	}
	return hidden
}
