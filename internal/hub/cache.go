package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"skillspace/internal/atomicfile"
)

// Cache is the folder in which huggingface_hub keeps models. It has the layout of huggingface_hub: the bytes of a file of the model
// NAME are in models--NAME/blobs/CHECKSUM, models--NAME/snapshots/COMMIT/FILE is a link to them, and models--NAME/refs/REVISION
// holds the commit of a revision. See https://huggingface.co/docs/hub/local-cache.
type Cache struct{ Root string }

// CacheFromEnvironment returns the cache that HF_HUB_CACHE or HF_HOME names. Without either, it is ~/.cache/huggingface/hub.
func CacheFromEnvironment() (Cache, error) {
	for _, place := range []struct{ variable, below string }{
		{"HF_HUB_CACHE", "."}, {"HUGGINGFACE_HUB_CACHE", "."}, {"HF_HOME", "hub"}, {"XDG_CACHE_HOME", "huggingface/hub"},
	} {
		if folder := os.Getenv(place.variable); folder != "" {
			root, err := filepath.Abs(filepath.Join(folder, place.below))
			return Cache{root}, err
		}
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return Cache{}, fmt.Errorf("there is no folder for the cache of models: %w; set HF_HOME", err)
	}
	return Cache{filepath.Join(home, ".cache", "huggingface", "hub")}, nil
}

// Offline reports whether HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE forbids requests to a hub.
func Offline() bool {
	text := os.Getenv("HF_HUB_OFFLINE")
	if text == "" {
		text = os.Getenv("TRANSFORMERS_OFFLINE")
	}
	switch strings.ToLower(text) {
	case "1", "on", "yes", "true":
		return true
	}
	return false
}

func folderOf(name string) string { return "models--" + strings.ReplaceAll(name, "/", "--") }

func (c Cache) blob(name, checksum string) string {
	return filepath.Join(c.Root, folderOf(name), "blobs", checksum)
}

func (c Cache) lock(name, checksum string) string {
	return filepath.Join(c.Root, ".locks", folderOf(name), checksum+".lock")
}

func (c Cache) ref(name, revision string) string {
	return filepath.Join(c.Root, folderOf(name), "refs", filepath.FromSlash(revision))
}

func (c Cache) snapshot(name, commit string) string {
	return filepath.Join(c.Root, folderOf(name), "snapshots", commit)
}

// Find returns a model that is in the cache. It sends no request to a hub.
func (c Cache) Find(r Request) (*Model, error) {
	commit := r.Revision
	text, err := os.ReadFile(c.ref(r.Name, r.Revision))
	if err == nil {
		commit = strings.TrimSpace(string(text))
	}
	folder := c.snapshot(r.Name, commit)
	if !validCommit.MatchString(commit) || !exists(folder) {
		return nil, fmt.Errorf("find %s at %s: it is not in the cache %s, and HF_HUB_OFFLINE forbids requests to the hub", r.Name, r.Revision, c.Root)
	}
	model := &Model{Folder: folder, Commit: commit}
	small, large, err := chooseIn(folder)
	if err == nil {
		err = r.Check(folder)
	}
	if err != nil {
		return nil, fmt.Errorf("find %s in %s: %w", r.Name, folder, err)
	}
	for _, name := range append(small, large...) {
		info, err := os.Stat(filepath.Join(folder, filepath.FromSlash(name)))
		if err != nil {
			return nil, fmt.Errorf("find %s: %w", r.Name, err)
		}
		model.Files, model.Bytes = model.Files+1, model.Bytes+info.Size()
	}
	return model, nil
}

// link makes a file of a snapshot a link to its blob. The link is relative, so the cache can be moved.
func link(blob, path string) error {
	if a, err := os.Stat(path); err == nil {
		if b, err := os.Stat(blob); err == nil && os.SameFile(a, b) {
			return nil
		}
	}
	target, err := filepath.Rel(filepath.Dir(path), blob)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	fresh := path + ".link"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Symlink(target, fresh); err != nil {
		return err
	}
	return os.Rename(fresh, path)
}

// keepRef records the commit of a branch or a tag.
func (c Cache) keepRef(name, revision, commit string) error {
	if revision == commit {
		return nil
	}
	path := c.ref(name, revision)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := io.WriteString(w, commit) // without a newline: other readers compare the whole file
		return err
	})
}

// lockFile waits until this process alone holds the lock of a file. huggingface_hub takes the same lock (flock).
func lockFile(ctx context.Context, path string) (*flock.Flock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, err
	}
	lock := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o666))
	if _, err := lock.TryLockContext(ctx, 100*time.Millisecond); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}
