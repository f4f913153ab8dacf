package config

import (
	"embed"
	"fmt"
	"path"
	"sort"
	"strings"
)

//go:embed presets/*.yaml
var presets embed.FS

// presetPrefix marks the name of an embedded preset where the path of a config file is expected.
const presetPrefix = "preset:"

// Presets returns the names of the embedded presets, sorted. "preset:" plus one of them is a Sources.File.
func Presets() []string {
	entries, err := presets.ReadDir("presets")
	if err != nil {
		return nil // cannot happen: the folder is embedded
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = strings.TrimSuffix(e.Name(), ".yaml")
	}
	sort.Strings(names) // the folder sorts by file name, where "-" precedes "."
	return names
}

// PresetsOf returns the names of the embedded presets that hold settings of a command with schema's keys, sorted.
func PresetsOf(schema Schema) []string { return presetsOf(layoutOf(schema)) }

func presetsOf(l *layout) []string {
	var names []string
	for _, name := range Presets() {
		if fits(name, l) {
			names = append(names, name)
		}
	}
	return names
}

// Preset returns the YAML text of an embedded preset. An unknown name is an error.
func Preset(name string) ([]byte, error) {
	text, err := presets.ReadFile("presets/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("config %s%s: no such preset%s", presetPrefix, shorten(name), hint(name, Presets()))
	}
	return text, nil
}

// presetValues returns the values of a preset by key. An error lists the command's own presets.
func presetValues(name string, l *layout) (map[string]value, error) {
	text, err := Preset(name)
	if err == nil && !fits(name, l) {
		if other, found := presetCommand(name); found {
			err = fmt.Errorf("config %s%s is a preset of %s", presetPrefix, name, other.Name)
		}
	}
	if err != nil {
		own := presetsOf(l)
		if len(own) == 0 {
			return nil, fmt.Errorf("%w; this command has no presets", err)
		}
		return nil, fmt.Errorf("%w; this command has %s", err, strings.Join(own, ", "))
	}
	return parseFile(presetPrefix+name, text, l)
}

// fits says whether every key of a preset is a key of a command.
func fits(preset string, l *layout) bool {
	text, err := Preset(preset)
	if err == nil {
		_, err = parseFile(preset, text, l)
	}
	return err == nil
}

// presetCommand returns the command that a preset is for.
func presetCommand(preset string) (c Command, found bool) {
	for _, c := range Commands() {
		if fits(preset, layoutOf(c.New())) {
			return c, true
		}
	}
	return Command{}, false
}

// presetHint points from a file that is missing to the preset of the same name.
func presetHint(file string) string {
	name := strings.TrimSuffix(path.Base(file), ".yaml")
	for _, p := range Presets() {
		if p == name {
			return fmt.Sprintf(" (did you mean %q?)", presetPrefix+p)
		}
	}
	return ""
}
