package hub

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
)

// Request says which model to fetch.
type Request struct {
	Name     string                                // the model's name on the hub
	Revision string                                // a branch, a tag or a commit
	Check    func(folder string) error             // checks the small files before the weights are fetched
	Progress func(total int64) (add func(n int64)) // total in bytes, 0: unknown; add may get a negative number
}

// Model is a model that was fetched, copied or found.
type Model struct {
	Folder   string
	Commit   string // empty for a copied folder
	Files    int
	Bytes    int64
	Verified int // files whose checksum is the hub's
}

// download fetches one model into the cache.
type download struct {
	*Client
	cache  Cache
	name   string
	commit string
	files  map[string]remoteFile
	folder string // the snapshot's folder
}

// Fetch fetches a model from the hub into the cache. It skips files that are in the cache and have the right checksum. After an
// interrupt the next call resumes the download.
func (c *Client) Fetch(ctx context.Context, cache Cache, r Request) (*Model, error) {
	commit, listed, err := c.list(ctx, r.Name, r.Revision)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", r.Name, err)
	}
	d := &download{Client: c, cache: cache, name: r.Name, commit: commit, files: map[string]remoteFile{}, folder: cache.snapshot(r.Name, commit)}
	for _, file := range listed {
		d.files[file.Name] = file
	}
	small, large, err := choose(d.has, func() ([]string, error) { return d.shards(ctx) })
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", r.Name, err)
	}
	model, err := d.run(ctx, r, small, large)
	if err == nil {
		err = cache.keepRef(r.Name, r.Revision, commit)
	}
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w (the bytes that arrived are kept in %s; the next call resumes)", r.Name, err, cache.Root)
	}
	return model, nil
}

func (d *download) has(name string) bool {
	_, found := d.files[name]
	return found
}

// shards fetches the index of the weights and returns the weight files that it names.
func (d *download) shards(ctx context.Context) ([]string, error) {
	if err := d.get(ctx, weightsIndex, func(int64) {}); err != nil {
		return nil, err
	}
	return readIndex(filepath.Join(d.folder, weightsIndex))
}

// run fetches the small files, checks them, and then fetches the weights.
func (d *download) run(ctx context.Context, r Request, small, large []string) (*Model, error) {
	model := &Model{Folder: d.folder, Commit: d.commit, Files: len(small) + len(large)}
	for _, names := range [][]string{small, large} {
		for _, name := range names {
			model.Bytes += d.files[name].size()
			if d.files[name].verified() {
				model.Verified++
			}
		}
	}
	add := func(int64) {}
	if r.Progress != nil {
		add = r.Progress(model.Bytes)
	}
	for _, name := range small {
		if err := d.get(ctx, name, add); err != nil {
			return nil, err
		}
	}
	if err := r.Check(d.folder); err != nil {
		return nil, err
	}
	for _, name := range large {
		if err := d.get(ctx, name, add); err != nil {
			return nil, err
		}
	}
	return model, nil
}

// get fetches one file into the cache: its bytes go to the blobs, and the snapshot gets a link to them.
func (d *download) get(ctx context.Context, name string, progress func(n int64)) error {
	file := d.files[name]
	checksum, err := file.checksum(d.commit)
	if err != nil {
		return err
	}
	lock, err := lockFile(ctx, d.cache.lock(d.name, checksum))
	if err != nil {
		return fmt.Errorf("fetch %s: %w", name, err)
	}
	defer lock.Close()
	blob := d.cache.blob(d.name, checksum)
	address := fmt.Sprintf("%s/%s/resolve/%s/%s", d.Endpoint, d.name, url.PathEscape(d.commit), name)
	if err := d.fetch(ctx, address, blob, file, progress); err != nil {
		return err
	}
	return link(blob, filepath.Join(d.folder, filepath.FromSlash(name)))
}
