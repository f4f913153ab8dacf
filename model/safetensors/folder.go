package safetensors

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"

	"skillspace/internal/folder"
)

// Source holds named tensors: one file, or the several files of a model.
type Source interface {
	// Tensor returns a tensor's description and its bytes, which are valid until Close.
	Tensor(name string) (Info, []byte, bool)
	// Names returns the tensors' names, sorted.
	Names() []string
	// Location is the path that errors name.
	Location() string
	Close() error
}

// Names of a Hugging Face folder's weights.
const (
	singleName = "model.safetensors"
	indexName  = "model.safetensors.index.json"
	pickleName = "pytorch_model.bin"
)

// maxIndex bounds the index file, and maxShards the files it may name.
const maxIndex, maxShards = 64 << 20, 4096

// OpenFolder opens the weights of a Hugging Face folder: model.safetensors, or the files that model.safetensors.index.json
// names. A folder that holds only a pickle is refused, with advice.
func OpenFolder(in *folder.Folder) (Source, error) {
	if exists(in, singleName) || !exists(in, indexName) {
		if !exists(in, singleName) && exists(in, pickleName) {
			return nil, fmt.Errorf("%s holds only %s, a pickle that can run code when loaded; convert it to %s "+
				"(transformers: save_pretrained(..., safe_serialization=True))", in.Path(), pickleName, singleName)
		}
		return OpenIn(in, singleName)
	}
	shards, err := openShards(in)
	if err != nil {
		return nil, fmt.Errorf("safetensors %s: %w", in.Join(indexName), err)
	}
	return shards, nil
}

func exists(in *folder.Folder, name string) bool {
	_, err := in.File(name)
	return !errors.Is(err, fs.ErrNotExist)
}

// sharded is a model whose tensors lie in several files.
type sharded struct {
	in    *folder.Folder
	files map[string]*File // by file name
	shard map[string]*File // by tensor name
}

func openShards(in *folder.Folder) (*sharded, error) {
	text, err := in.Read(indexName, maxIndex)
	if err != nil {
		return nil, err
	}
	weights, err := parseIndex(text)
	if err != nil {
		return nil, err
	}
	s := &sharded{in: in, files: map[string]*File{}, shard: make(map[string]*File, len(weights))}
	for _, tensor := range slices.Sorted(maps.Keys(weights)) {
		if err := s.place(tensor, weights[tensor]); err != nil {
			_ = s.Close()
			return nil, err
		}
	}
	return s, nil
}

// parseIndex returns the file of each tensor.
func parseIndex(text []byte) (map[string]string, error) {
	var content struct {
		Weights map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(text, &content); err != nil {
		return nil, err
	}
	if len(content.Weights) == 0 {
		return nil, errors.New("weight_map: it names no tensor")
	}
	return content.Weights, nil
}

// place opens a tensor's file, which must lie beside the index and hold the tensor.
func (s *sharded) place(tensor, name string) error {
	file := s.files[name]
	if file == nil {
		if name == "." || name == ".." || name != filepath.Base(name) || len(s.files) == maxShards {
			return fmt.Errorf("weight_map: tensor %q: %q is not the name of one of at most %d files beside it", tensor, name, maxShards)
		}
		var err error
		if file, err = OpenIn(s.in, name); err != nil {
			return err
		}
		s.files[name] = file
	}
	if _, _, ok := file.Tensor(tensor); !ok {
		return fmt.Errorf("weight_map: tensor %q is not in %s", tensor, name)
	}
	s.shard[tensor] = file
	return nil
}

func (s *sharded) Tensor(name string) (Info, []byte, bool) {
	file, ok := s.shard[name]
	if !ok {
		return Info{}, nil, false
	}
	return file.Tensor(name)
}

func (s *sharded) Names() []string { return slices.Sorted(maps.Keys(s.shard)) }

func (s *sharded) Location() string { return s.in.Join(indexName) }

func (s *sharded) Close() error {
	var failed []error
	for _, file := range s.files {
		failed = append(failed, file.Close())
	}
	return errors.Join(failed...)
}
