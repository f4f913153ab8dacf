package hub

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
)

// Options say what to fetch and how to tell of it.
type Options struct {
	Name     string                                // a model's name on the hub
	Revision string                                // branch, tag or commit
	Check    func(folder string) error             // judges a model by its files without the weights
	Progress func(total int64) (add func(n int64)) // total bytes, 0 if not known; add may get a negative number
}

// Report is what was fetched, copied or found.
type Report struct {
	Folder   string // where the model is
	Commit   string // of the hub's; empty for a copied folder
	Files    int
	Bytes    int64
	Verified int // files compared with a checksum of the hub's
}

// download is one model on its way into the cache.
type download struct {
	*Client
	cache  Cache
	name   string
	commit string
	files  map[string]remoteFile
	folder string // of the snapshot
}

// Fetch fetches a model from the hub into the cache, except for what is there and has the right checksum. What arrived before an
// interrupt is kept, and the next call goes on from there.
func (c *Client) Fetch(ctx context.Context, cache Cache, o Options) (*Report, error) {
	commit, listed, err := c.list(ctx, o.Name, o.Revision)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", o.Name, err)
	}
	d := &download{Client: c, cache: cache, name: o.Name, commit: commit, files: map[string]remoteFile{}, folder: cache.snapshot(o.Name, commit)}
	for _, file := range listed {
		d.files[file.Name] = file
	}
	small, large, err := choose(d.has, func() ([]string, error) { return d.shards(ctx) })
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", o.Name, err)
	}
	report, err := d.run(ctx, o, small, large)
	if err == nil {
		err = cache.keepRef(o.Name, o.Revision, commit)
	}
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w (what has arrived is kept in %s; the next call goes on from there)", o.Name, err, cache.Root)
	}
	return report, nil
}

func (d *download) has(name string) bool {
	_, found := d.files[name]
	return found
}

// shards fetches the index of the weights and returns the files that it names.
func (d *download) shards(ctx context.Context) ([]string, error) {
	if err := d.get(ctx, weightsIndex, func(int64) {}); err != nil {
		return nil, err
	}
	return readIndex(filepath.Join(d.folder, weightsIndex))
}

// run fetches the small files, has the model judged by them, and then fetches its weights.
func (d *download) run(ctx context.Context, o Options, small, large []string) (*Report, error) {
	report := &Report{Folder: d.folder, Commit: d.commit, Files: len(small) + len(large)}
	for _, names := range [][]string{small, large} {
		for _, name := range names {
			report.Bytes += d.files[name].size()
			if d.files[name].verified() {
				report.Verified++
			}
		}
	}
	add := func(int64) {}
	if o.Progress != nil {
		add = o.Progress(report.Bytes)
	}
	for _, name := range small {
		if err := d.get(ctx, name, add); err != nil {
			return nil, err
		}
	}
	if err := o.Check(d.folder); err != nil {
		return nil, err
	}
	for _, name := range large {
		if err := d.get(ctx, name, add); err != nil {
			return nil, err
		}
	}
	return report, nil
}

// get puts one file into the cache: its bytes among the blobs, a link to them into the snapshot.
func (d *download) get(ctx context.Context, name string, progress func(n int64)) error {
	file := d.files[name]
	checksum, err := file.checksum(d.commit)
	if err != nil {
		return err
	}
	unlock, err := lockFile(ctx, d.cache.lock(d.name, checksum))
	if err != nil {
		return fmt.Errorf("fetch %s: %w", name, err)
	}
	defer unlock()
	blob := d.cache.blob(d.name, checksum)
	address := fmt.Sprintf("%s/%s/resolve/%s/%s", d.Endpoint, d.name, url.PathEscape(d.commit), name)
	if err := d.fetch(ctx, address, blob, file, progress); err != nil {
		return err
	}
	return link(blob, filepath.Join(d.folder, filepath.FromSlash(name)))
}
