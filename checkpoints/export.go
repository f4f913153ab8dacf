package checkpoints

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"skillspace/internal/atomicfile"
)

// ExtraFile is a file that [Export] writes besides the model. Its name is a path relative to the output folder.
type ExtraFile struct {
	Name  string
	Write func(w io.Writer) error
}

// Export writes the checkpoint to output in one step: weights, encoder configuration and tokenizer unchanged,
// and the extra files, but not the optimiser's state. The result is a checkpoint with the same Identity. Without
// weights it is no checkpoint; the extra files then hold the model in another format.
//
// An output that exists is replaced if it is a checkpoint or an empty folder. Any other is refused.
func (c *Checkpoint) Export(output string, weights bool, extra []ExtraFile) (*Manifest, error) {
	dir := c.Path()
	if err := c.Verify(); err != nil {
		return nil, err
	}
	if err := CheckOutput(dir, output); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(output), 0o755); err != nil {
		return nil, fmt.Errorf("export checkpoint %s: %w", dir, err)
	}
	m := *c.Manifest
	m.Training, m.Files = nil, map[string]File{}
	err := atomicfile.ReplaceDir(output, func(tmp string) error {
		for _, name := range slices.Sorted(maps.Keys(c.Manifest.Files)) {
			if !decides(name) || !weights && isWeights(name) {
				continue
			}
			extra = append(extra, ExtraFile{name, func(w io.Writer) error { return c.copyFile(w, name) }})
		}
		return fillExport(tmp, &m, extra)
	})
	if err != nil {
		return nil, fmt.Errorf("export checkpoint %s: %w", dir, err)
	}
	return &m, nil
}

func (c *Checkpoint) copyFile(w io.Writer, name string) error {
	content, _, err := c.folder.Content(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, content)
	return err
}

func fillExport(tmp string, m *Manifest, files []ExtraFile) error {
	for _, file := range files {
		if _, twice := m.Files[file.Name]; twice || !filepath.IsLocal(file.Name) || file.Name == manifestName {
			return fmt.Errorf("file name %q is used twice, or lies outside the folder", file.Name)
		}
		path := filepath.Join(tmp, file.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		info, err := writeHashed(path, file.Write)
		if err != nil {
			return err
		}
		m.Files[file.Name] = info
	}
	return writeManifest(tmp, m)
}

// CheckOutput refuses an output that Export must not replace: a file, a folder that holds anything but a checkpoint,
// the checkpoint itself, and a folder inside it.
func CheckOutput(dir, output string) error {
	source, err := resolve(dir)
	if err != nil {
		return fmt.Errorf("export to %s: %w", output, err)
	}
	target, err := resolve(output)
	if err != nil {
		return fmt.Errorf("export to %s: %w", output, err)
	}
	if target == source || strings.HasPrefix(target, source+string(filepath.Separator)) || strings.HasPrefix(source, target+string(filepath.Separator)) {
		return fmt.Errorf("export to %s: it is the checkpoint's own folder, or one lies inside the other; choose another", output)
	}
	entries, err := os.ReadDir(output)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0:
		return nil
	case err != nil:
		return fmt.Errorf("export to %s: %w", output, err)
	}
	if _, err := os.Stat(filepath.Join(output, manifestName)); err != nil {
		return fmt.Errorf("export to %s: the folder holds files and is no checkpoint; choose another, or empty it", output)
	}
	return nil
}

// resolve makes a path absolute and follows its symbolic links as far as it exists.
func resolve(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	resolved, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) && filepath.Dir(path) != path {
		parent, err := resolve(filepath.Dir(path))
		return filepath.Join(parent, filepath.Base(path)), err
	}
	return resolved, err
}

func isWeights(name string) bool {
	return name == encoderName || name == skillEncoderName || name == headName
}
