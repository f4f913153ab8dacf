// Package onnx writes a checkpoint's whole model as an ONNX file, from token ids to the embedding or the probability,
// with dynamic batch size and length. It reads weights from files and computes nothing. The format is onnx.proto's, of
// the ONNX project.
package onnx

import (
	"encoding/binary"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Versions that the files require. LayerNormalization needs opset 17.
const (
	opset     = 17
	irVersion = 8
)

// Element types of TensorProto.
const (
	float32Type = 1
	int8Type    = 3
	int32Type   = 6
	int64Type   = 7
)

// maxBytes is the largest size of a protobuf message. A larger model would need separate files of weights.
const maxBytes = 1<<31 - 1

// graph collects nodes and initialisers. Its methods return the name of a node's result.
type graph struct {
	nodes        []byte // of GraphProto, field 1
	initialisers []byte // field 5
	known        map[string]bool
	count        int
	inputs       []value
	outputs      []value
	quantised    bool
	quantisedX   map[string][3]string // by input: its uint8 values, scale and zero point
}

// value is an input or an output. The dimension -1 stands for "batch", -2 for "tokens".
type value struct {
	name string
	kind int
	dims []int64
}

func newGraph(quantised bool) *graph {
	return &graph{known: map[string]bool{}, quantised: quantised, quantisedX: map[string][3]string{}}
}

// attribute is a node's attribute: a number, a list of numbers or a text.
type attribute struct {
	name string
	kind int64 // of AttributeProto
	body []byte
}

func floatAttribute(name string, v float32) attribute {
	b := protowire.AppendTag(nil, 2, protowire.Fixed32Type)
	return attribute{name, 1, protowire.AppendFixed32(b, math.Float32bits(v))}
}

func intAttribute(name string, v int64) attribute {
	b := protowire.AppendTag(nil, 3, protowire.VarintType)
	return attribute{name, 2, protowire.AppendVarint(b, uint64(v))}
}

func textAttribute(name, v string) attribute {
	b := protowire.AppendTag(nil, 4, protowire.BytesType)
	return attribute{name, 3, protowire.AppendString(b, v)}
}

func intsAttribute(name string, values ...int64) attribute {
	var b []byte
	for _, v := range values {
		b = protowire.AppendVarint(protowire.AppendTag(b, 8, protowire.VarintType), uint64(v))
	}
	return attribute{name, 7, b}
}

// node adds an operation with one result.
func (g *graph) node(operation string, inputs []string, attributes ...attribute) string {
	return g.nodeOf(operation, inputs, 1, attributes...)[0]
}

// nodeOf adds an operation with the given number of results.
func (g *graph) nodeOf(operation string, inputs []string, results int, attributes ...attribute) (names []string) {
	g.count++
	for i := range results {
		names = append(names, fmt.Sprintf("%s_%d_%d", operation, g.count, i))
	}
	g.named(operation, inputs, names, attributes...)
	return names
}

// named adds an operation whose results have the given names.
func (g *graph) named(operation string, inputs, results []string, attributes ...attribute) {
	var b []byte
	for _, name := range inputs {
		b = protowire.AppendString(protowire.AppendTag(b, 1, protowire.BytesType), name)
	}
	for _, name := range results {
		b = protowire.AppendString(protowire.AppendTag(b, 2, protowire.BytesType), name)
	}
	b = protowire.AppendString(protowire.AppendTag(b, 3, protowire.BytesType), results[0]+"_node")
	b = protowire.AppendString(protowire.AppendTag(b, 4, protowire.BytesType), operation)
	for _, a := range attributes {
		body := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), a.name)
		body = append(body, a.body...)
		body = protowire.AppendVarint(protowire.AppendTag(body, 20, protowire.VarintType), uint64(a.kind))
		b = protowire.AppendBytes(protowire.AppendTag(b, 5, protowire.BytesType), body)
	}
	g.nodes = protowire.AppendBytes(protowire.AppendTag(g.nodes, 1, protowire.BytesType), b)
}

// tensor adds an initialiser of little-endian bytes, unless the name exists already, and returns its name.
func (g *graph) tensor(name string, kind int, dims []int64, data []byte) string {
	if g.known[name] {
		return name
	}
	g.known[name] = true
	var b []byte
	for _, d := range dims {
		b = protowire.AppendVarint(protowire.AppendTag(b, 1, protowire.VarintType), uint64(d))
	}
	b = protowire.AppendVarint(protowire.AppendTag(b, 2, protowire.VarintType), uint64(kind))
	b = protowire.AppendString(protowire.AppendTag(b, 8, protowire.BytesType), name)
	b = protowire.AppendBytes(protowire.AppendTag(b, 9, protowire.BytesType), data)
	g.initialisers = protowire.AppendBytes(protowire.AppendTag(g.initialisers, 5, protowire.BytesType), b)
	return name
}

func (g *graph) floats(name string, dims []int64, values []float32) string {
	data := make([]byte, 0, 4*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return g.tensor(name, float32Type, dims, data)
}

// scalar is a constant number.
func (g *graph) scalar(v float32) string {
	return g.floats(fmt.Sprintf("number_%v", v), nil, []float32{v})
}

// ints is a constant list of whole numbers.
func (g *graph) ints(values ...int64) string {
	var data []byte
	for _, v := range values {
		data = binary.LittleEndian.AppendUint64(data, uint64(v))
	}
	return g.tensor(fmt.Sprintf("list_%v", values), int64Type, []int64{int64(len(values))}, data)
}

// int is a constant whole number.
func (g *graph) int(v int64) string {
	return g.tensor(fmt.Sprintf("int_%d", v), int64Type, nil, binary.LittleEndian.AppendUint64(nil, uint64(v)))
}

// encode returns the ModelProto.
func (g *graph) encode(metadata map[string]string, keys []string) ([]byte, error) {
	if total := len(g.nodes) + len(g.initialisers); total > maxBytes-1<<20 {
		return nil, fmt.Errorf("the model takes %d MB, more than ONNX's 2 GB in one file", total>>20)
	}
	body := append([]byte(nil), g.nodes...)
	body = protowire.AppendString(protowire.AppendTag(body, 2, protowire.BytesType), "skillspace")
	body = append(body, g.initialisers...)
	for _, v := range g.inputs {
		body = protowire.AppendBytes(protowire.AppendTag(body, 11, protowire.BytesType), v.encode())
	}
	for _, v := range g.outputs {
		body = protowire.AppendBytes(protowire.AppendTag(body, 12, protowire.BytesType), v.encode())
	}
	m := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), irVersion)
	m = protowire.AppendString(protowire.AppendTag(m, 2, protowire.BytesType), "skillspace")
	m = protowire.AppendBytes(protowire.AppendTag(m, 7, protowire.BytesType), body)
	operators := protowire.AppendVarint(protowire.AppendTag(nil, 2, protowire.VarintType), opset)
	m = protowire.AppendBytes(protowire.AppendTag(m, 8, protowire.BytesType), operators)
	for _, key := range keys {
		entry := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), key)
		entry = protowire.AppendString(protowire.AppendTag(entry, 2, protowire.BytesType), metadata[key])
		m = protowire.AppendBytes(protowire.AppendTag(m, 14, protowire.BytesType), entry)
	}
	return m, nil
}

func (v value) encode() []byte {
	var shape []byte
	for _, d := range v.dims {
		var dim []byte
		switch d {
		case -1:
			dim = protowire.AppendString(protowire.AppendTag(nil, 2, protowire.BytesType), "batch")
		case -2:
			dim = protowire.AppendString(protowire.AppendTag(nil, 2, protowire.BytesType), "tokens")
		default:
			dim = protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(d))
		}
		shape = protowire.AppendBytes(protowire.AppendTag(shape, 1, protowire.BytesType), dim)
	}
	tensor := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(v.kind))
	tensor = protowire.AppendBytes(protowire.AppendTag(tensor, 2, protowire.BytesType), shape)
	kind := protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), tensor)
	b := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), v.name)
	return protowire.AppendBytes(protowire.AppendTag(b, 2, protowire.BytesType), kind)
}
