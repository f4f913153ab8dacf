package index

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

	"skillspace/checkpoints"
	"skillspace/data/taxonomy"
	"skillspace/embedding"
	"skillspace/internal/atomicfile"
	"skillspace/internal/libtorch"
	"skillspace/model/safetensors"
)

// cacheFolder is in the checkpoint's folder: a new checkpoint that replaces the folder removes the cache too.
const cacheFolder = "cache"

// maxCached bounds the cached files. Full ESCO with alternative labels takes 170 MB at 384 dimensions.
const maxCached = 3

// forCheckpoint returns the index of a checkpoint's skills: the one stored with an exported checkpoint, else the cached
// one, else one that is built and cached now. A file that cannot be read or written is logged; it only costs time.
func forCheckpoint(ctx context.Context, c *checkpoints.Checkpoint, e *embedding.Embedder, skills []taxonomy.Skill, o OpenOptions) (*Index, error) {
	identity := c.Manifest.Identity()
	stored := Key(identity, skills, o.Views) // exports hold fp32 embeddings, which serve every precision
	key := stored
	if e.Precision != libtorch.Float32 {
		key = Key(identity+" in bf16", skills, o.Views)
	}
	cached := filepath.Join(c.Path(), cacheFolder, "skills-"+key[:16]+".safetensors")
	dimension := int(e.Tower.Dimension())
	index, found, err := readIn(c.Folder(), EmbeddingsFile, stored, dimension, skills, o.Views, verified)
	if !found && o.Cache {
		warnUnusable(err)
		index, found, err = Read(cached, key, dimension, skills, o.Views)
	}
	if found {
		return index, nil
	}
	warnUnusable(err)
	if err := warnOfCuts(ctx, e, skills, o.Views); err != nil {
		return nil, err
	}
	add, done := o.progress(TextCount(skills, o.Views))
	index, err = Build(ctx, e, skills, o.Views, add)
	done()
	if err != nil {
		return nil, err
	}
	if o.Cache {
		if err := writeCache(cached, key, index); err != nil {
			slog.Warn("skill embeddings are not cached: " + err.Error())
		}
	}
	return index, nil
}

// verified is the check of a file that the checkpoint's manifest has a checksum of.
func verified(*safetensors.File) error { return nil }

func warnUnusable(err error) {
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		slog.Warn("stored skill embeddings cannot be used: " + err.Error())
	}
}

// writeCache writes an index atomically and removes the oldest cached ones.
func writeCache(path, key string, index *Index) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := atomicfile.Write(path, func(w io.Writer) error { return index.Write(w, key) }); err != nil {
		return err
	}
	return removeOldest(filepath.Dir(path))
}

// removeOldest removes all but the newest cached files.
func removeOldest(folder string) error {
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
