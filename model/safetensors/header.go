// Package safetensors reads and writes the safetensors format: named tensors in one file, memory-mapped on reading.
// It knows bytes and shapes only, neither libtorch nor what the tensors mean.
//
// Format: 8 bytes little-endian header length, a JSON header, then the tensors' bytes
// (https://github.com/huggingface/safetensors#format). A file is hostile until [Open] has checked every offset.
package safetensors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sort"
)

// maxHeader bounds the bytes of the JSON header, and maxTensors the tensors that it describes. The encoders that can be
// loaded have a few hundred.
const maxHeader, maxTensors = 32 << 20, 1 << 17

// Info describes one tensor of a file.
type Info struct {
	DType  string  // safetensors' name: F32, F16, BF16, I64, I32, U8, BOOL, F64
	Shape  []int64 // row-major sizes
	offset int64   // of the first byte, from the end of the header
	length int64
}

// dtypeSizes gives the bytes of one element of the types that a file may hold.
var dtypeSizes = map[string]int64{"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2,
	"I8": 1, "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1}

type jsonInfo struct {
	DType   string  `json:"dtype"`
	Shape   []int64 `json:"shape"`
	Offsets []int64 `json:"data_offsets"`
}

// parseHeader checks the header of a file with dataSize bytes of tensors.
func parseHeader(header []byte, dataSize int64) (map[string]Info, map[string]string, error) {
	decoder := json.NewDecoder(bytes.NewReader(header))
	var raw map[string]json.RawMessage
	if err := decoder.Decode(&raw); err != nil {
		return nil, nil, fmt.Errorf("header: %w", err)
	}
	if len(raw) > maxTensors {
		return nil, nil, fmt.Errorf("header: it describes %d tensors, at most %d are read", len(raw), maxTensors)
	}
	tensors := make(map[string]Info, len(raw))
	var metadata map[string]string
	for name, value := range raw {
		if name == "__metadata__" {
			if err := json.Unmarshal(value, &metadata); err != nil {
				return nil, nil, fmt.Errorf("header: __metadata__: %w", err)
			}
			continue
		}
		info, err := parseInfo(value, dataSize)
		if err != nil {
			return nil, nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		tensors[name] = info
	}
	return tensors, metadata, checkOverlap(tensors, dataSize)
}

func parseInfo(value []byte, dataSize int64) (Info, error) {
	var j jsonInfo
	if err := json.Unmarshal(value, &j); err != nil {
		return Info{}, err
	}
	size, known := dtypeSizes[j.DType]
	if !known {
		return Info{}, fmt.Errorf("element type %q is not supported", j.DType)
	}
	if len(j.Offsets) != 2 || len(j.Shape) > 8 {
		return Info{}, errors.New("want two data_offsets and at most 8 dimensions")
	}
	want := size
	for _, dim := range j.Shape {
		if dim < 0 || (dim > 0 && want > math.MaxInt64/dim) {
			return Info{}, fmt.Errorf("shape %v is not possible", j.Shape)
		}
		want *= dim
	}
	begin, end := j.Offsets[0], j.Offsets[1]
	if begin < 0 || end < begin || end > dataSize {
		return Info{}, fmt.Errorf("bytes %d to %d lie outside the file's %d", begin, end, dataSize)
	}
	if end-begin != want {
		return Info{}, fmt.Errorf("%s %v needs %d bytes, the header gives %d", j.DType, j.Shape, want, end-begin)
	}
	return Info{DType: j.DType, Shape: j.Shape, offset: begin, length: want}, nil
}

// checkOverlap demands that the tensors tile the file without holes, as the format does.
func checkOverlap(tensors map[string]Info, dataSize int64) error {
	names := make([]string, 0, len(tensors))
	for name := range tensors {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool {
		a, b := tensors[names[i]], tensors[names[j]]
		if a.offset != b.offset {
			return a.offset < b.offset
		}
		return a.length < b.length
	})
	var next int64
	for _, name := range names {
		if tensors[name].offset != next {
			return fmt.Errorf("tensor %q starts at byte %d, want %d", name, tensors[name].offset, next)
		}
		next += tensors[name].length
	}
	if next != dataSize {
		return fmt.Errorf("the file holds %d bytes of tensors, the header describes %d", dataSize, next)
	}
	return nil
}
