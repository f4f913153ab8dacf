package index

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"

	"skillspace/data/taxonomy"
	"skillspace/embedding"
	"skillspace/internal/folder"
	"skillspace/model/safetensors"
)

// EmbeddingsFile is the name of the file of an exported checkpoint that holds its skills' embeddings.
const EmbeddingsFile = "skills.safetensors"

// indexFormat is the version of the file's content. It is part of the key.
const indexFormat = "skill-index-1"

// The names of the file's tensors and metadata.
const (
	embeddingsName = "embeddings" // F32 [rows, D], unit vectors
	rowSkillName   = "skill"      // I32 [rows], the index of the skill's line in skills.jsonl, from 0
	rowViewName    = "view"       // U8 [rows], 0 preferred label, 1 alternative label, 2 description
	keyName        = "key"
)

// Key identifies the embeddings of skills under one model: equal keys mean equal embeddings. identity is that of the
// model's files and settings ([checkpoints.Manifest.Identity]).
func Key(identity string, skills []taxonomy.Skill, views Views) string {
	texts, index := indexTexts(skills, views)
	hash := sha256.New()
	write := func(text string) {
		var length [8]byte
		binary.LittleEndian.PutUint64(length[:], uint64(len(text)))
		hash.Write(length[:]) // keeps the borders between texts
		hash.Write([]byte(text))
	}
	write(indexFormat)
	write(identity)
	for row, text := range texts {
		write(fmt.Sprint(index.skill[row], index.kind[row]))
		write(text)
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// Write writes the index's embeddings under a key, for [Read].
func (x *Index) Write(w io.Writer, key string) error {
	rows, d := int64(x.vectors.Len()), int64(x.vectors.Dimension)
	return safetensors.WriteSummed(w, []safetensors.Tensor{
		{Name: embeddingsName, DType: "F32", Shape: []int64{rows, d}, Data: func() ([]byte, error) { return safetensors.Float32Bytes(x.vectors.Data), nil }},
		{Name: rowSkillName, DType: "I32", Shape: []int64{rows}, Data: func() ([]byte, error) {
			data := make([]byte, 0, 4*rows)
			for _, skill := range x.skill {
				data = binary.LittleEndian.AppendUint32(data, uint32(skill))
			}
			return data, nil
		}},
		{Name: rowViewName, DType: "U8", Shape: []int64{rows}, Data: func() ([]byte, error) {
			data := make([]byte, rows)
			for row, k := range x.kind {
				data[row] = byte(k)
			}
			return data, nil
		}},
	}, map[string]string{keyName: key})
}

// Read reads embeddings that were written under key. found is false if the file has another key: it then holds
// the embeddings of another model or of other texts. An altered file and a vector that is not of unit length
// are errors.
func Read(path, key string, dimension int, skills []taxonomy.Skill, views Views) (x *Index, found bool, err error) {
	in, err := folder.Open(filepath.Dir(path))
	if err != nil {
		return nil, false, fmt.Errorf("read skill index: %w", err)
	}
	defer in.Close()
	return readIn(in, filepath.Base(path), key, dimension, skills, views, (*safetensors.File).CheckSum)
}

// readIn is [Read] in an open folder. check compares the file with its checksum.
func readIn(in *folder.Folder, name, key string, dimension int, skills []taxonomy.Skill, views Views, check func(*safetensors.File) error) (x *Index, found bool, err error) {
	file, err := safetensors.OpenIn(in, name)
	if err != nil {
		return nil, false, fmt.Errorf("read skill index: %w", err)
	}
	defer file.Close()
	if file.Metadata[keyName] != key {
		return nil, false, nil
	}
	if err := check(file); err != nil {
		return nil, false, fmt.Errorf("read skill index: %w", err)
	}
	_, x = indexTexts(skills, views)
	info, data, found := file.Tensor(embeddingsName)
	if !found || info.DType != "F32" || len(info.Shape) != 2 || info.Shape[0] != int64(len(x.skill)) || info.Shape[1] != int64(dimension) {
		return nil, false, fmt.Errorf("read skill index: %s: tensor %q: want F32 [%d %d], got %s %v", file.Path, embeddingsName, len(x.skill), dimension, info.DType, info.Shape)
	}
	x.vectors = embedding.Vectors{Dimension: dimension, Data: safetensors.Float32s(data)}
	if err := x.vectors.Check(); err != nil {
		return nil, false, fmt.Errorf("read skill index: %s: %w", file.Path, err)
	}
	return x, true, nil
}
