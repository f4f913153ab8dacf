package extract

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"

	"skillspace/data/taxonomy"
	"skillspace/model/safetensors"
)

// StoredIndexName is the file of an exported checkpoint that holds its skills' embeddings.
const StoredIndexName = "skills.safetensors"

// indexFormat is the version of the stored embeddings; it enters their key.
const indexFormat = "skill-index-1"

// tensor and metadata names of the file.
const (
	embeddingsName = "embeddings" // F32 [rows, D], unit vectors
	rowSkillName   = "skill"      // I32 [rows], the line of skills.jsonl, from 0
	rowViewName    = "view"       // U8 [rows], 0 preferred label, 1 alternative label, 2 description
	keyName        = "key"
)

// IndexKey identifies the embeddings of skills under one model: equal keys, equal embeddings. identity is that of the model's
// files and settings (checkpoints.Manifest.Identity).
func IndexKey(identity string, skills []taxonomy.Skill, views Views) string {
	texts, index := indexTexts(skills, views)
	hash := sha256.New()
	write := func(text string) {
		var length [8]byte
		binary.LittleEndian.PutUint64(length[:], uint64(len(text)))
		hash.Write(length[:]) // so that no two lists of texts run together alike
		io.WriteString(hash, text)
	}
	write(indexFormat)
	write(identity)
	for row, text := range texts {
		write(fmt.Sprint(index.skill[row], index.kind[row]))
		write(text)
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// Write writes the index's embeddings under a key, to be read by ReadIndex.
func (x *Index) Write(w io.Writer, key string) error {
	rows, d := int64(x.vectors.Len()), int64(x.vectors.Dimension)
	return safetensors.Write(w, []safetensors.Tensor{
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

// ReadIndex reads embeddings written under key. It is false where the file has another key: then it holds another model's embeddings,
// or those of other texts.
func ReadIndex(path, key string, dimension int, skills []taxonomy.Skill, views Views) (*Index, bool, error) {
	file, err := safetensors.Open(path)
	if err != nil {
		return nil, false, fmt.Errorf("read skill index: %w", err)
	}
	defer file.Close()
	if file.Metadata[keyName] != key {
		return nil, false, nil
	}
	_, x := indexTexts(skills, views)
	info, data, found := file.Tensor(embeddingsName)
	if !found || info.DType != "F32" || len(info.Shape) != 2 || info.Shape[0] != int64(len(x.skill)) || info.Shape[1] != int64(dimension) {
		return nil, false, fmt.Errorf("read skill index: %s: tensor %q: want F32 [%d %d], got %s %v", path, embeddingsName, len(x.skill), dimension, info.DType, info.Shape)
	}
	x.vectors = Vectors{Dimension: dimension, Data: safetensors.Float32s(data)}
	return x, true, nil
}
