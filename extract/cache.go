package extract

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"skillspace/data/taxonomy"
	"skillspace/internal/atomicfile"
	"skillspace/internal/libtorch"
)

// cacheFolder lies in the checkpoint's folder, so that it goes when a new checkpoint takes the folder's place.
const cacheFolder = "cache"

// maxCached bounds the files in it: full ESCO with alternative labels takes 170 MB at 384 dimensions.
const maxCached = 3

// indexFor returns the index of a checkpoint's skills: as stored with it, as kept from an earlier time, or embedded now and kept.
// That a file cannot be read or kept is no error, only slower; it is logged.
func indexFor(ctx context.Context, dir, identity string, e *Embedder, skills []taxonomy.Skill, o OpenOptions) (*Index, error) {
	stored := IndexKey(identity, skills, o.Views) // an export's embeddings are fp32's, which are better than any
	key := stored
	if e.Precision != libtorch.Float32 {
		key = IndexKey(identity+" in bf16", skills, o.Views)
	}
	kept := filepath.Join(dir, cacheFolder, "skills-"+key[:16]+".safetensors")
	for _, file := range []struct{ path, key string }{{filepath.Join(dir, StoredIndexName), stored}, {kept, key}} {
		if file.path == kept && !o.Cache {
			continue
		}
		index, found, err := ReadIndex(file.path, file.key, int(e.Tower.Dimension()), skills, o.Views)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			slog.Warn("the kept skill embeddings cannot be used: " + err.Error())
		}
		if found {
			return index, nil
		}
	}
	add, done := o.progress(IndexTexts(skills, o.Views))
	index, err := BuildIndex(ctx, e, skills, o.Views, add)
	done()
	if err != nil {
		return nil, err
	}
	if o.Cache {
		if err := keepIndex(kept, key, index); err != nil {
			slog.Warn("the skill embeddings are not kept for the next time: " + err.Error())
		}
	}
	return index, nil
}

// keepIndex writes an index in one step and removes the oldest beside it.
func keepIndex(path, key string, index *Index) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := atomicfile.Write(path, func(w io.Writer) error { return index.Write(w, key) }); err != nil {
		return err
	}
	return forget(filepath.Dir(path))
}

func forget(folder string) error {
	paths, err := filepath.Glob(filepath.Join(folder, "skills-*.safetensors"))
	if err != nil {
		return fmt.Errorf("look for old skill embeddings: %w", err)
	}
	written := map[string]int64{}
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil {
			written[path] = info.ModTime().UnixNano()
		}
	}
	slices.SortFunc(paths, func(a, b string) int { return cmp.Compare(written[b], written[a]) })
	for _, path := range paths[min(maxCached, len(paths)):] {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove old skill embeddings: %w", err)
		}
	}
	return nil
}
