// Package config holds the settings of every command: one typed struct a command, its defaults, checks and descriptions, and
// the loading of YAML, environment, --set and flags into it.
// It looks whether the files that settings name are there, but opens none of them and builds nothing from a setting.
package config

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v3"

	"skillspace/internal/usage"
)

// Schema is what every command's struct implements on its pointer, so that it can be filled and checked.
type Schema interface {
	// Defaults overwrites every field with its default.
	Defaults()
	// Validate returns the first value that cannot work, as a *KeyError. It reads no file.
	Validate() error
}

// KeyError is a value that cannot be used. Load adds where the value came from.
type KeyError struct {
	// Key is the dotted path of the field, such as "train.batch_size".
	Key string
	// Reason says what is wrong with the value, and what would be right.
	Reason string
	// AlsoMissing holds other keys that are required and not set.
	AlsoMissing []string
}

// Error returns "key is …" where the reason is a predicate, else "key: reason".
func (e *KeyError) Error() string { return about(e.Key, e.Reason) }

// predicates are the words with which a reason continues the sentence that the key begins.
var predicates = []string{"and", "has", "is", "names"}

// about joins a key, or a flag, with what is wrong with it.
func about(key, reason string) string {
	if first, _, _ := strings.Cut(reason, " "); slices.Contains(predicates, first) {
		return key + " " + reason
	}
	return key + ": " + reason
}

// Command is a command that has settings.
type Command struct {
	// Name is the command as it is typed, such as "generate-corpus report".
	Name string
	// New makes an empty struct of the command's settings.
	New func() Schema
}

// Commands lists every command that has settings. Whatever treats all of them reads this list.
func Commands() []Command {
	return []Command{
		{"train-biencoder", func() Schema { return new(TrainBiencoder) }},
		{"train-filter", func() Schema { return new(TrainFilter) }},
		{"generate-corpus", func() Schema { return new(GenerateCorpus) }},
		{"generate-corpus report", func() Schema { return new(MeasureCorpus) }},
		{"evaluate", func() Schema { return new(Evaluate) }},
		{"extract-skills", func() Schema { return new(ExtractSkills) }},
		{"summarise-skills", func() Schema { return new(SummariseSkills) }},
		{"serve", func() Schema { return new(Serve) }},
		{"export-checkpoint", func() Schema { return new(ExportCheckpoint) }},
		{"fetch-model", func() Schema { return new(FetchModel) }},
	}
}

// dumpHeader is part of what a checkpoint's hash of its run's configuration is taken of. Runs resume only while it stays the same.
const dumpHeader = "# Every key as it was resolved (defaults, file, environment, --set). Loadable with --config.\n"

// Dump returns every key of a command's struct with its value as YAML, which Load reads back to the same values.
func Dump(schema Schema) ([]byte, error) {
	return encode(dumpHeader, schema)
}

// Print writes every key of a command's struct with its value as YAML, and behind it where the value comes from. It writes what the sources say
// even where Fill would refuse a value, and returns that refusal.
func Print(w io.Writer, out Schema, from Sources, checks ...func() error) error {
	l := layoutOf(out)
	origins, err := resolve(out, l, from)
	if err != nil {
		return usage.Wrap(err)
	}
	var root yaml.Node
	if err := root.Encode(out); err != nil {
		return fmt.Errorf("write config as YAML: %w", err)
	}
	comment(&root, "", origins)
	text, err := encode("", &root)
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	return usage.Wrap(from.locate(check(out, l, from, checks), origins))
}

// comment puts the origin of each value behind it.
func comment(section *yaml.Node, prefix string, origins map[string]string) {
	for i := 0; i+1 < len(section.Content); i += 2 {
		key, child := prefix+section.Content[i].Value, section.Content[i+1]
		if child.Kind == yaml.MappingNode {
			comment(child, key+".", origins)
			continue
		}
		child.Style |= yaml.FlowStyle // a list on one line
		child.LineComment = "default"
		if origin := origins[key]; origin != "" {
			child.LineComment = strings.Join(strings.Fields(origin), " ")
		}
	}
}

func encode(header string, v any) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString(header)
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(v); err != nil {
		return nil, fmt.Errorf("write config as YAML: %w", err)
	}
	if err := encoder.Close(); err != nil {
		return nil, fmt.Errorf("write config as YAML: %w", err)
	}
	return out.Bytes(), nil
}
