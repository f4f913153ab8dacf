package hub

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"skillspace/internal/atomicfile"
)

// Cache is the folder in which huggingface_hub and all that builds on it keep models, in their layout: a model NAME has
// models--NAME/blobs/CHECKSUM, models--NAME/snapshots/COMMIT/FILE (links to blobs) and models--NAME/refs/REVISION (the commit).
// See https://huggingface.co/docs/hub/local-cache.
type Cache struct{ Root string }

// CacheFromEnvironment returns the cache that HF_HUB_CACHE or HF_HOME names, else the usual one below the home folder.
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
		return Cache{}, fmt.Errorf("no folder for the cache of models: %w; HF_HOME names one", err)
	}
	return Cache{filepath.Join(home, ".cache", "huggingface", "hub")}, nil
}

// Offline tells whether HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE) forbids to ask a hub.
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

// Find returns a model that is in the cache already, whoever put it there. It asks no hub.
func (c Cache) Find(o Options) (*Report, error) {
	commit := o.Revision
	text, err := os.ReadFile(c.ref(o.Name, o.Revision))
	if err == nil {
		commit = strings.TrimSpace(string(text))
	}
	folder := c.snapshot(o.Name, commit)
	if !validCommit.MatchString(commit) || !exists(folder) {
		return nil, fmt.Errorf("find %s at %s: not in the cache %s, and HF_HUB_OFFLINE forbids to ask the hub", o.Name, o.Revision, c.Root)
	}
	report := &Report{Folder: folder, Commit: commit}
	small, large, err := chooseIn(folder)
	if err == nil {
		err = o.Check(folder)
	}
	if err != nil {
		return nil, fmt.Errorf("find %s in %s: %w", o.Name, folder, err)
	}
	for _, name := range append(small, large...) {
		info, err := os.Stat(filepath.Join(folder, filepath.FromSlash(name)))
		if err != nil {
			return nil, fmt.Errorf("find %s: %w", o.Name, err)
		}
		report.Files, report.Bytes = report.Files+1, report.Bytes+info.Size()
	}
	return report, nil
}

// link makes a snapshot's file a link to its blob, relative, so that the cache can be moved.
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

// keepRef notes which commit a branch or a tag stands for.
func (c Cache) keepRef(name, revision, commit string) error {
	if revision == commit {
		return nil
	}
	path := c.ref(name, revision)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := io.WriteString(w, commit) // without a line end: readers compare the whole file
		return err
	})
}
