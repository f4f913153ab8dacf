package onnx

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"skillspace/checkpoints"
	"skillspace/checkpoints/checkpointtest"
	"skillspace/model"
	"skillspace/model/family"
)

// fields calls use with each field of a message.
func fields(t *testing.T, message []byte, use func(number protowire.Number, varint uint64, body []byte)) {
	t.Helper()
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		message = message[n:]
		var varint uint64
		var body []byte
		switch kind {
		case protowire.VarintType:
			varint, n = protowire.ConsumeVarint(message)
		case protowire.Fixed32Type:
			_, n = protowire.ConsumeFixed32(message)
		case protowire.BytesType:
			body, n = protowire.ConsumeBytes(message)
		default:
			t.Fatalf("wire type %v", kind)
		}
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		use(number, varint, body)
		message = message[n:]
	}
}

// structure is what a check of a graph reads.
type structure struct {
	operations      map[string]int
	inputs, outputs []string
	bytes           int // of initialisers
}

// checkGraph wants every input of a node to exist before it, every name to be given once, and every initialiser to
// have the bytes of its shape.
func checkGraph(t *testing.T, file []byte) structure {
	t.Helper()
	s := structure{operations: map[string]int{}}
	known := map[string]bool{}
	name := func(n string) {
		if n == "" || known[n] {
			t.Errorf("the name %q is given twice, or empty", n)
		}
		known[n] = true
	}
	var nodes, outputs [][]byte
	fields(t, file, func(number protowire.Number, _ uint64, body []byte) {
		if number != 7 {
			return
		}
		fields(t, body, func(number protowire.Number, _ uint64, body []byte) {
			switch number {
			case 1:
				nodes = append(nodes, body)
			case 5:
				dims, kind := int64(1), uint64(0)
				var data []byte
				fields(t, body, func(number protowire.Number, varint uint64, body []byte) {
					switch number {
					case 1:
						dims *= int64(varint)
					case 2:
						kind = varint
					case 8:
						name(string(body))
					case 9:
						data = body
					}
				})
				size := map[uint64]int64{float32Type: 4, int8Type: 1, int64Type: 8}[kind]
				if s.bytes += len(data); size == 0 || int64(len(data)) != size*dims {
					t.Errorf("an initialiser of type %d has %d bytes for %d numbers", kind, len(data), dims)
				}
			case 11:
				fields(t, body, func(number protowire.Number, _ uint64, body []byte) {
					if number == 1 {
						name(string(body))
						s.inputs = append(s.inputs, string(body))
					}
				})
			case 12:
				outputs = append(outputs, body)
			}
		})
	})
	for _, node := range nodes {
		var results []string
		fields(t, node, func(number protowire.Number, _ uint64, body []byte) {
			switch number {
			case 1:
				if !known[string(body)] {
					t.Errorf("%q is read before it is there", body)
				}
			case 2:
				results = append(results, string(body))
			case 4:
				s.operations[string(body)]++
			}
		})
		for _, result := range results {
			name(result)
		}
	}
	for _, output := range outputs {
		fields(t, output, func(number protowire.Number, _ uint64, body []byte) {
			if number == 1 {
				if s.outputs = append(s.outputs, string(body)); !known[string(body)] {
					t.Errorf("the output %q is never computed", body)
				}
			}
		})
	}
	return s
}

func open(t *testing.T, dir string) *checkpoints.Checkpoint {
	t.Helper()
	source, err := checkpoints.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { source.Close() })
	return source
}

func exported(t *testing.T, dir string, o Options) []File {
	t.Helper()
	files, err := Export(open(t, dir), o)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestGraphOfABiEncoder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "biencoder")
	checkpointtest.RandomBiEncoder(t, dir, checkpointtest.TinyBERT(t), model.HeadConfig{Pooling: model.AttentionPooling, BiLSTM: true, Projection: 8})
	files := exported(t, dir, Options{})
	if len(files) != 1 || files[0].Name != ModelName {
		t.Fatalf("%d files", len(files))
	}
	s := checkGraph(t, files[0].Data)
	if fmt.Sprint(s.inputs, s.outputs) != "[input_ids attention_mask] [embedding]" || s.operations["LSTM"] != 1 || s.operations["LayerNormalization"] != 5 || s.operations["MatMulInteger"] != 0 {
		t.Errorf("%+v", s)
	}
	small := exported(t, dir, Options{Int8: true})[0].Data
	q := checkGraph(t, small)
	if q.operations["MatMulInteger"] != 2*6+2 || q.operations["DynamicQuantizeLinear"] != 2*4+2 || q.bytes > s.bytes*2/3 {
		t.Errorf("int8: %+v, %d bytes against %d", q.operations, q.bytes, s.bytes)
	}
}

func TestGraphsOfEveryFamily(t *testing.T) {
	for _, name := range family.ModelTypes() {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "biencoder")
			checkpointtest.RandomBiEncoder(t, dir, checkpointtest.Tiny(t, name), model.HeadConfig{Pooling: model.MeanPooling})
			s := checkGraph(t, exported(t, dir, Options{})[0].Data)
			if s.operations["Softmax"] != 2 || s.operations["LayerNormalization"] != 5 {
				t.Errorf("%+v", s.operations)
			}
			q := checkGraph(t, exported(t, dir, Options{Int8: true})[0].Data)
			if q.operations["MatMulInteger"] < 2*6 || q.bytes > s.bytes*2/3 {
				t.Errorf("int8: %+v, %d bytes against %d", q.operations, q.bytes, s.bytes)
			}
		})
	}
}

func TestGraphOfAFilter(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "filter")
	checkpointtest.FilterInContext(t, dir, checkpointtest.TinyBERT(t), 0.5, 8)
	s := checkGraph(t, exported(t, dir, Options{})[0].Data)
	if fmt.Sprint(s.inputs, s.outputs) != "[input_ids attention_mask own_mask] [logits probabilities]" {
		t.Errorf("%+v", s)
	}
}

func TestExportRefuses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "filter")
	checkpointtest.Filter(t, dir, checkpointtest.TinyBERT(t), 0.5)
	source := open(t, dir)
	m := source.Manifest
	m.Model.Head.Pooling = "max"
	if _, err := Export(source, Options{}); err == nil || !strings.Contains(err.Error(), `pooling: "max"`) {
		t.Errorf("%v", err)
	}
	m.Model.Head.Pooling, m.Model.Head.BiLSTM = model.MeanPooling, true
	if _, err := Export(source, Options{}); err == nil || !strings.Contains(err.Error(), "the checkpoint lacks head.lstm.") {
		t.Errorf("%v", err)
	}
}

// A weight comes back from its 7 bits within half a step of its column.
func TestWeightsOfEightBits(t *testing.T) {
	b := &builder{graph: newGraph(true), read: func(string) ([]int64, []float32, error) {
		return []int64{2, 3}, []float32{0.5, -1, 0.25, 10, 20, -63}, nil
	}}
	b.Linear("x", "w", "")
	if b.err != nil || b.count != 5 {
		t.Fatalf("%v, %d nodes", b.err, b.count)
	}
	scale := 1.0 / 63
	if got := math.RoundToEven(0.5/scale) * scale; math.Abs(got-0.5) > scale/2 {
		t.Errorf("%v", got)
	}
}
