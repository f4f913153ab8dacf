package main

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"strconv"

	"skillspace/config"
	"skillspace/embedding"
	"skillspace/extract/bulk"
	"skillspace/extract/render"
	"skillspace/internal/command"
	"skillspace/internal/libtorch"
)

// sink takes results and records the progress through the inputs.
type sink interface {
	render.Writer
	Position() bulk.Position // where to begin
	Advance(bulk.Position) error
	Close(at bulk.Position, done bool) error
}

// stream writes to stdout, whole ads at a time.
type stream struct {
	render.Writer
	out *bufio.Writer
}

func (s *stream) Position() bulk.Position         { return bulk.Position{} }
func (s *stream) Advance(bulk.Position) error     { return s.out.Flush() }
func (s *stream) Close(bulk.Position, bool) error { return s.out.Flush() }

// openOutput opens the folder for results. It returns nil where they go to stdout.
func openOutput(cfg *config.ExtractSkills, identities map[string]string, o render.Options, shard bulk.Shard, inputs []input, resume bool) (*bulk.Output, error) {
	if cfg.Output == "" {
		if resume {
			return nil, command.Usagef("--resume continues the run in a folder; --output names it")
		}
		return nil, nil
	}
	settings, err := deciding(cfg, identities, inputs)
	if err != nil {
		return nil, command.Usage(err)
	}
	folder, err := bulk.Open(cfg.Output, bulk.Options{Encoding: bulk.Encoding(cfg.Format), Render: o, Shard: shard, Settings: settings, Resume: resume})
	if errors.Is(err, bulk.ErrBegun) {
		err = command.Usage(err)
	}
	return folder, err
}

// deciding returns what decides the results: the content of the inputs, the settings and the identities of the
// checkpoints, by the setting that names them.
func deciding(cfg *config.ExtractSkills, identities map[string]string, inputs []input) (map[string]string, error) {
	settings := map[string]string{
		"text_column": cfg.TextColumn, "id_column": cfg.IDColumn, "input": cfg.Input, "level": cfg.Level, "offsets": cfg.Offsets,
		"encoding": cfg.Encoding, "format": cfg.Format, "taxonomy": cfg.Taxonomy, "taxonomy_language": cfg.TaxonomyLanguage,
		"top_k": fmt.Sprint(cfg.TopK), "threshold": fmt.Sprint(cfg.Threshold), "filter_threshold": fmt.Sprint(cfg.FilterThreshold), "views": cfg.Views,
	}
	device, err := libtorch.Choose(cfg.Device)
	if err != nil {
		return nil, err
	}
	if embedding.Precision(cfg.Precision, device) == libtorch.BFloat16 { // the resolved precision: auto differs between machines
		settings["precision"] = "bf16"
	}
	maps.Copy(settings, identities)
	settings["inputs"] = strconv.Itoa(len(inputs))
	for i, in := range inputs {
		if in.path == "" {
			return nil, errors.New("--output: stdin cannot be read again by a run that continues; name a file")
		}
		content, err := fingerprint(in.path)
		if err != nil {
			return nil, err
		}
		settings[fmt.Sprintf("input %d", i+1)] = in.path + ", " + content
	}
	return settings, nil
}

// fingerprint returns a file's size and the hash of its first MiB. It notices another file of the same name and is fast
// for huge files.
func fingerprint(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, io.LimitReader(file, 1<<20)); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d bytes, begins with sha256 %x", info.Size(), hash.Sum(nil)[:8]), nil
}
