// Package tokencache keeps the token ids of a corpus on disk, so that the next run on the same texts need not
// encode them again. The cache only saves time. If its folder cannot be written or a file is damaged, texts are
// encoded as if there were no cache.
package tokencache

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"skillspace/data/tokenize"
	"skillspace/internal/atomicfile"
)

const (
	// worthwhile is the number of texts from which reading a file is faster than encoding.
	worthwhile = 20_000
	// kept is the number of corpora in a folder. The least recently written ones are removed.
	kept = 8
	// checked is the number of texts that are encoded even on a hit. They reveal a file that another version of
	// the tokenizer's code wrote.
	checked = 64
)

const extension = ".tokens"

// Encode returns what t.EncodeBatch returns. It reads the ids from a file in dir if there is one for these texts,
// this tokenizer and maxLength. Otherwise it encodes the texts and writes such a file. On a hit all rows share
// one array.
func Encode(ctx context.Context, dir string, t *tokenize.Tokenizer, texts []string, maxLength int) ([][]int32, error) {
	if len(texts) < worthwhile {
		return t.EncodeBatch(ctx, texts, maxLength)
	}
	return encode(ctx, dir, t, texts, maxLength)
}

func encode(ctx context.Context, dir string, t *tokenize.Tokenizer, texts []string, maxLength int) ([][]int32, error) {
	key, err := keyOf(t, texts, maxLength)
	if err != nil {
		slog.Warn("no token cache", "error", err)
		return t.EncodeBatch(ctx, texts, maxLength)
	}
	path := filepath.Join(dir, hex.EncodeToString(key[:16])+extension)
	ids, err := read(path, key, t, texts, maxLength)
	if err == nil {
		return ids, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		slog.Warn("token cache ignored and written again", "file", path, "error", err)
	}
	if ids, err = t.EncodeBatch(ctx, texts, maxLength); err != nil {
		return nil, err
	}
	if err := write(path, key, ids); err != nil {
		slog.Info("tokens are not cached", "error", err)
	}
	return ids, nil
}

// keyOf identifies the texts, the tokenizer's files and the length at which texts are cut.
func keyOf(t *tokenize.Tokenizer, texts []string, maxLength int) (key [sha256.Size]byte, err error) {
	hash := sha256.New()
	buffer := binary.LittleEndian.AppendUint64(nil, uint64(maxLength))
	for _, path := range t.Files() {
		content, err := os.ReadFile(path)
		if err != nil {
			return key, fmt.Errorf("identify the tokenizer: %w", err)
		}
		buffer = append(binary.LittleEndian.AppendUint64(buffer, uint64(len(content))), content...)
	}
	for _, text := range texts {
		if len(buffer) > 1<<15 {
			hash.Write(buffer)
			buffer = buffer[:0]
		}
		buffer = append(binary.LittleEndian.AppendUint64(buffer, uint64(len(text))), text...)
	}
	hash.Write(buffer)
	hash.Sum(key[:0])
	return key, nil
}

// read returns the ids of the file at path. It returns an error unless the file is intact and belongs to these
// texts.
func read(path string, key [sha256.Size]byte, t *tokenize.Tokenizer, texts []string, maxLength int) ([][]int32, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	ids, err := decode(file, info.Size(), key, len(texts), t.VocabSize())
	if err != nil {
		return nil, err
	}
	for k := range min(checked, len(texts)) {
		i := (len(texts) - 1) * k / max(min(checked, len(texts))-1, 1)
		if !slices.Equal(ids[i], t.Encode(texts[i], maxLength)) {
			return nil, fmt.Errorf("text %d is encoded otherwise now", i)
		}
	}
	return ids, nil
}

// write leaves the ids at path and removes the oldest files beyond those kept.
func write(path string, key [sha256.Size]byte, ids [][]int32) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := atomicfile.Write(path, func(w io.Writer) error { return encodeFile(w, key, ids) }); err != nil {
		return err
	}
	return prune(dir)
}

func prune(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	type candidate struct {
		path string
		at   time.Time
	}
	var all []candidate
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && info.Mode().IsRegular() && filepath.Ext(e.Name()) == extension {
			all = append(all, candidate{filepath.Join(dir, e.Name()), info.ModTime()})
		}
	}
	slices.SortFunc(all, func(a, b candidate) int { return b.at.Compare(a.at) })
	for _, old := range all[min(kept, len(all)):] {
		if err := os.Remove(old.path); err != nil && !errors.Is(err, fs.ErrNotExist) { // another run may have removed it
			return err
		}
	}
	return nil
}
