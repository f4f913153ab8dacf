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
func PresetsOf(schema Schema) []string {
	var names []string
	for _, name := range Presets() {
		if fits(name, layoutOf(schema)) {
			names = append(names, name)
		}
	}
	return names
}

// Preset returns the YAML text of an embedded preset. An unknown name is an error that lists the known ones.
func Preset(name string) ([]byte, error) {
	text, err := presets.ReadFile("presets/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("config %s%s: no such preset%s; there are %s", presetPrefix, shorten(name),
			hint(name, Presets()), strings.Join(Presets(), ", "))
	}
	return text, nil
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
