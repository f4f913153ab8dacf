package safetensors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"sort"

	"golang.org/x/sys/unix"

	"skillspace/internal/folder"
)

// File is an open, memory-mapped safetensors file. Close it when its tensors' bytes are no longer used.
type File struct {
	Path     string
	Metadata map[string]string
	tensors  map[string]Info
	mapped   []byte
	data     []byte // mapped, after the header
}

// Open maps the file at path and checks its header. Errors name the path.
func Open(path string) (*File, error) {
	in, err := folder.Open(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("safetensors %s: %w", path, err)
	}
	defer in.Close()
	return OpenIn(in, filepath.Base(path))
}

// OpenIn is [Open] for a file of an open folder. The folder may be closed before the file.
func OpenIn(in *folder.Folder, name string) (*File, error) {
	f, err := open(in, name)
	if err != nil {
		return nil, fmt.Errorf("safetensors %s: %w", in.Join(name), err)
	}
	return f, nil
}

func open(in *folder.Folder, name string) (*File, error) {
	file, err := in.File(name)
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		err = failed.Err // the caller names the path
	}
	if err != nil {
		return nil, err
	}
	stat, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if stat.Size() < 10 {
		return nil, fmt.Errorf("%d bytes are too few for a header", stat.Size())
	}
	mapped, err := unix.Mmap(int(file.Fd()), 0, int(stat.Size()), unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		return nil, fmt.Errorf("map: %w", err)
	}
	f := &File{Path: in.Join(name), mapped: mapped}
	if err := f.parse(); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

func (f *File) parse() error {
	length := binary.LittleEndian.Uint64(f.mapped)
	if length > maxHeader || length > uint64(len(f.mapped)-8) {
		return fmt.Errorf("header of %d bytes in a file of %d: truncated, or not a safetensors file", length, len(f.mapped))
	}
	f.data = f.mapped[8+length:]
	var err error
	f.tensors, f.Metadata, err = parseHeader(f.mapped[8:8+length], int64(len(f.data)))
	return err
}

// Location returns the file's path.
func (f *File) Location() string { return f.Path }

// Names returns the tensors' names, sorted.
func (f *File) Names() []string {
	names := make([]string, 0, len(f.tensors))
	for name := range f.tensors {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Tensor returns a tensor's description and its bytes, which are valid until Close.
func (f *File) Tensor(name string) (Info, []byte, bool) {
	info, ok := f.tensors[name]
	if !ok {
		return Info{}, nil, false
	}
	return info, f.data[info.offset : info.offset+info.length], true
}

// Close unmaps the file.
func (f *File) Close() error {
	if f.mapped == nil {
		return nil
	}
	mapped := f.mapped
	f.mapped, f.data = nil, nil
	return unix.Munmap(mapped)
}

// Float32Bytes returns values in the format's little-endian order.
func Float32Bytes(values []float32) []byte {
	data := make([]byte, 0, 4*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return data
}

// Float32s returns the values of little-endian bytes; a remainder of fewer than four bytes is ignored.
func Float32s(data []byte) []float32 {
	values := make([]float32, len(data)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return values
}
