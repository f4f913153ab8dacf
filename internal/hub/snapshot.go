package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"skillspace/internal/atomicfile"
)

// weights is the one file that is large.
const weights = "model.safetensors"

// wanted are the files of an encoder, the weights last: what is wrong with a model is then known before they are fetched.
var wanted = []string{
	"config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt",
	"modules.json", "sentence_bert_config.json", "config_sentence_transformers.json", "1_Pooling/config.json", "LICENSE", weights,
}

// Options say what to fetch and how to tell of it.
type Options struct {
	Name     string // a folder, or a model's name on the hub
	Revision string // branch, tag or commit of the hub's; not used for a folder
	Output   string
	Check    func(folder string) error             // judges a model by its files without the weights
	Progress func(total int64) (add func(n int64)) // total bytes, 0 if not known; add may get a negative number
}

// Report is what was fetched.
type Report struct {
	Commit   string // of the hub's; empty for a folder
	Files    int
	Bytes    int64
	Verified int // files compared with a checksum of the hub's
}

// CheckOutput refuses an output that Fetch must not replace: anything but a model's folder, an empty one, or none.
func CheckOutput(output string) error {
	entries, err := os.ReadDir(output)
	if errors.Is(err, fs.ErrNotExist) || err == nil && (len(entries) == 0 || exists(filepath.Join(output, "config.json"))) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("output: %w", err)
	}
	return fmt.Errorf("output %s: the folder holds files and is no model; choose another, or empty it", output)
}

// Fetch fetches a model from the hub. It appears at Output in one step; what arrived before an interrupt is kept beside it, and the next
// call goes on from there.
func (c *Client) Fetch(ctx context.Context, o Options) (*Report, error) {
	commit, listed, err := c.list(ctx, o.Name, o.Revision)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", o.Name, err)
	}
	files, err := choose(listed)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", o.Name, err)
	}
	output, err := filepath.Abs(o.Output)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", o.Name, err)
	}
	partial := filepath.Join(filepath.Dir(output), "."+filepath.Base(output)+".partial-"+commit[:min(12, len(commit))])
	report, err := c.fetchAll(ctx, o, commit, files, partial)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w (what has arrived is kept in %s; the next call goes on from there)", o.Name, err, partial)
	}
	if err := moveIn(partial, output, files); err != nil {
		return nil, fmt.Errorf("fetch %s: %w", o.Name, err)
	}
	return report, nil
}

func (c *Client) fetchAll(ctx context.Context, o Options, commit string, files []remoteFile, partial string) (*Report, error) {
	report := &Report{Commit: commit, Files: len(files)}
	for _, file := range files {
		report.Bytes += file.size()
		if file.verified() {
			report.Verified++
		}
	}
	add := func(int64) {}
	if o.Progress != nil {
		add = o.Progress(report.Bytes)
	}
	for _, file := range files {
		if file.Name == weights {
			if err := o.Check(partial); err != nil {
				return nil, err
			}
		}
		path := filepath.Join(partial, filepath.FromSlash(file.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		address := fmt.Sprintf("%s/%s/resolve/%s/%s", c.Endpoint, o.Name, url.PathEscape(commit), file.Name)
		if err := c.fetch(ctx, address, path, file, add); err != nil {
			return nil, err
		}
	}
	return report, nil
}

// choose picks an encoder's files in the order of wanted. Names come from that list, never from the hub.
func choose(listed []remoteFile) ([]remoteFile, error) {
	byName := map[string]remoteFile{}
	for _, file := range listed {
		byName[file.Name] = file
	}
	var files []remoteFile
	for _, name := range wanted {
		if file, found := byName[name]; found {
			files = append(files, file)
		}
	}
	has := func(name string) bool { _, found := byName[name]; return found }
	return files, complete(has)
}

// complete tells what a model lacks.
func complete(has func(name string) bool) error {
	switch {
	case !has("config.json"):
		return errors.New("it has no config.json: not a transformers model")
	case !has(weights) && has("model.safetensors.index.json"):
		return errors.New("its weights lie in several files; save them as one model.safetensors")
	case !has(weights) && has("pytorch_model.bin"):
		return errors.New("its weights are a pickle (pytorch_model.bin), which can run any code when it is read; convert it to model.safetensors " +
			"(transformers: AutoModel.from_pretrained(…).save_pretrained(…)) and fetch that folder")
	case !has(weights):
		return errors.New("it has no model.safetensors")
	case !has("tokenizer.json") && !has("vocab.txt"):
		return errors.New("it has neither tokenizer.json nor vocab.txt")
	}
	return nil
}

// moveIn puts the fetched files at output, and removes what earlier calls left.
func moveIn(partial, output string, files []remoteFile) error {
	err := atomicfile.ReplaceDir(output, func(tmp string) error {
		for _, file := range files {
			target := filepath.Join(tmp, filepath.FromSlash(file.Name))
			if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
				return err
			}
			if err := os.Rename(filepath.Join(partial, filepath.FromSlash(file.Name)), target); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	prefix := "." + filepath.Base(output) + ".partial-"
	entries, err := os.ReadDir(filepath.Dir(output))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), prefix) {
			if err := os.RemoveAll(filepath.Join(filepath.Dir(output), entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// Copy is Fetch from a folder.
func Copy(ctx context.Context, o Options) (*Report, error) {
	has := func(name string) bool { return exists(filepath.Join(o.Name, filepath.FromSlash(name))) }
	err := complete(has)
	if err == nil {
		err = o.Check(o.Name)
	}
	if err != nil {
		return nil, fmt.Errorf("copy %s: %w", o.Name, err)
	}
	names := slices.DeleteFunc(slices.Clone(wanted), func(name string) bool { return !has(name) })
	report := &Report{Files: len(names)}
	if err := os.MkdirAll(filepath.Dir(o.Output), 0o755); err != nil {
		return nil, fmt.Errorf("copy %s: %w", o.Name, err)
	}
	err = atomicfile.ReplaceDir(o.Output, func(tmp string) error {
		for _, name := range names {
			if err := ctx.Err(); err != nil {
				return err
			}
			n, err := copyFile(filepath.Join(o.Name, filepath.FromSlash(name)), filepath.Join(tmp, filepath.FromSlash(name)))
			if err != nil {
				return err
			}
			report.Bytes += n
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("copy %s: %w", o.Name, err)
	}
	return report, nil
}

func copyFile(from, to string) (int64, error) {
	in, err := os.Open(from)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return 0, err
	}
	out, err := os.Create(to)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(out, in)
	return n, errors.Join(err, out.Close())
}
