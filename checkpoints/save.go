package checkpoints

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"skillspace/internal/atomicfile"
	"skillspace/model"
	"skillspace/model/safetensors"
)

// Content is what Save writes.
type Content struct {
	Manifest  Manifest               // Format, Checksum and Files are filled in
	Groups    []model.ParameterGroup // of the bi-encoder or the filter
	Config    string                 // folder whose config.json describes the encoder, except for the number of its layers
	Tokenizer []string               // the tokenizer's files, copied by name
	Optimizer func() ([]safetensors.Tensor, map[string]string)
	Extra     map[string][]byte // further small files, such as a model card
}

// Save writes a checkpoint to dir in one step: at any moment dir is the old checkpoint or the new one, whole.
func Save(dir string, c Content) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("save checkpoint: %w", err)
	}
	if err := atomicfile.ReplaceDir(dir, func(tmp string) error { return fill(tmp, c) }); err != nil {
		return fmt.Errorf("save checkpoint %s: %w", dir, err)
	}
	return nil
}

func fill(dir string, c Content) error {
	m := c.Manifest
	m.Files = map[string]File{}
	write := func(name string, f func(io.Writer) error) error {
		info, err := writeHashed(filepath.Join(dir, name), f)
		m.Files[name] = info
		return err
	}
	for name, tensors := range weightFiles(c.Groups) {
		if err := write(name, func(w io.Writer) error {
			return safetensors.Write(w, tensors, map[string]string{"format": "pt"})
		}); err != nil {
			return err
		}
	}
	if c.Optimizer != nil {
		tensors, metadata := c.Optimizer()
		if err := write(optimizerName, func(w io.Writer) error { return safetensors.Write(w, tensors, metadata) }); err != nil {
			return err
		}
	}
	if err := write(encoderConfigName, func(w io.Writer) error { return writeEncoderConfig(w, c) }); err != nil {
		return err
	}
	for _, path := range c.Tokenizer {
		if err := write(filepath.Base(path), func(w io.Writer) error { return copyFile(w, path) }); err != nil {
			return err
		}
	}
	for name, content := range c.Extra {
		if err := write(name, func(w io.Writer) error { _, err := w.Write(content); return err }); err != nil {
			return err
		}
	}
	return writeManifest(dir, &m)
}

const (
	encoderName      = "model.safetensors"
	skillEncoderName = "skill_model.safetensors"
	headName         = "head.safetensors"
	optimizerName    = "optimizer.safetensors"

	encoderConfigName = "config.json"
)

// weightFiles distributes the groups over files. Encoders keep their Hugging Face names, so that transformers loads
// them. The others go into head.safetensors as GROUP.NAME.
func weightFiles(groups []model.ParameterGroup) map[string][]safetensors.Tensor {
	files := map[string][]safetensors.Tensor{headName: nil}
	for _, group := range groups {
		switch group.Name {
		case "encoder":
			files[encoderName] = group.Parameters.Stored("")
		case "skill_encoder":
			files[skillEncoderName] = group.Parameters.Stored("")
		default:
			files[headName] = append(files[headName], group.Parameters.Stored(group.Name+".")...)
		}
	}
	return files
}

func writeHashed(path string, f func(io.Writer) error) (File, error) {
	file, err := os.Create(path)
	if err != nil {
		return File{}, err
	}
	hash := sha256.New()
	counted := &counter{w: io.MultiWriter(file, hash)}
	if err := f(counted); err != nil {
		file.Close()
		return File{}, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	if err := file.Close(); err != nil {
		return File{}, err
	}
	return File{counted.n, hex.EncodeToString(hash.Sum(nil))}, nil
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

func copyFile(w io.Writer, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(w, file)
	return err
}
