package safetensors

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"sort"
)

// Tensor is one tensor to write. Data returns its bytes when its turn comes, so that one tensor at a time is in memory.
type Tensor struct {
	Name  string
	DType string
	Shape []int64
	Data  func() ([]byte, error)
}

// Write writes tensors, sorted by name, with optional metadata. Names must be distinct.
func Write(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	f, err := layOut(tensors, metadata)
	if err != nil {
		return err
	}
	return f.write(w)
}

// laidOut is a file that is ready to be written.
type laidOut struct {
	header  []byte // with its length before it
	tensors []Tensor
	lengths []int64
}

func layOut(tensors []Tensor, metadata map[string]string) (*laidOut, error) {
	sorted := append([]Tensor(nil), tensors...)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].Name < sorted[j].Name })
	header := make(map[string]any, len(sorted)+1)
	if len(metadata) > 0 {
		header["__metadata__"] = metadata
	}
	lengths := make([]int64, len(sorted))
	var offset int64
	for i, t := range sorted {
		length, known := dtypeSizes[t.DType]
		if _, twice := header[t.Name]; twice || !known {
			return nil, fmt.Errorf("write tensor %q: a second one of that name, or unknown element type %q", t.Name, t.DType)
		}
		for _, dim := range t.Shape {
			length *= dim
		}
		lengths[i] = length
		shape := t.Shape
		if shape == nil {
			shape = []int64{}
		}
		header[t.Name] = jsonInfo{t.DType, shape, []int64{offset, offset + length}}
		offset += length
	}
	text, err := headerText(header)
	return &laidOut{text, sorted, lengths}, err
}

func (f *laidOut) write(w io.Writer) error {
	if _, err := w.Write(f.header); err != nil {
		return err
	}
	for i, t := range f.tensors {
		data, err := t.Data()
		if err != nil {
			return fmt.Errorf("write tensor %q: %w", t.Name, err)
		}
		if int64(len(data)) != f.lengths[i] {
			return fmt.Errorf("write tensor %q: %d bytes, want %d", t.Name, len(data), f.lengths[i])
		}
		if _, err := w.Write(data); err != nil {
			return err
		}
	}
	return nil
}

// headerText pads the JSON with spaces so that the tensors start 8-byte aligned.
func headerText(header map[string]any) ([]byte, error) {
	text, err := json.Marshal(header)
	if err != nil {
		return nil, err
	}
	for len(text)%8 != 0 {
		text = append(text, ' ')
	}
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...), nil
}
