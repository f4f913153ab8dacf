package tokencache

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"testing"
)

// FuzzDecode passes files with a valid checksum to decode, because decode rejects all others early. An accepted
// file must encode to the same bytes again and hold only ids of the vocabulary.
func FuzzDecode(f *testing.F) {
	const vocabulary = 100
	key := sha256.Sum256([]byte("key"))
	for _, ids := range [][][]int32{{}, {{}}, {{1, 2}, {}, {99}}} {
		var file bytes.Buffer
		if err := encodeFile(&file, key, ids); err != nil {
			f.Fatal(err)
		}
		f.Add(file.Bytes()[:file.Len()-trailerSize], len(ids))
	}
	f.Fuzz(func(t *testing.T, content []byte, texts int) {
		if texts < 0 || texts > 1<<20 {
			return
		}
		content = bytes.Clone(content)
		if len(content) >= headerSize { // so that the parts after the key are tested too
			copy(content, magic)
			copy(content[len(magic):], key[:])
		}
		content = binary.LittleEndian.AppendUint32(content, crc32.Checksum(content, castagnoli))
		ids, err := decode(bytes.NewReader(content), int64(len(content)), key, texts, vocabulary)
		if err != nil {
			return
		}
		for _, row := range ids {
			for _, id := range row {
				if id < 0 || id >= vocabulary {
					t.Fatalf("id %d", id)
				}
			}
		}
		var again bytes.Buffer
		if err := encodeFile(&again, key, ids); err != nil || !bytes.Equal(again.Bytes(), content) || len(ids) != texts {
			t.Fatalf("accepted, and written otherwise: %v", err)
		}
	})
}
