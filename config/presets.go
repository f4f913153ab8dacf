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

// presetPrefix marks the name of an embedded preset where a path of a config file is expected.
const presetPrefix = "preset:"

// Presets returns the names of the embedded presets, sorted; "preset:" plus one of them is an Options.File.
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

// Preset returns the YAML text of an embedded preset. An unknown name is an error that lists the known ones.
func Preset(name string) ([]byte, error) {
	text, err := presets.ReadFile("presets/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("config %s%s: no such preset%s; there are %s", presetPrefix, shorten(name),
			hint(name, Presets()), strings.Join(Presets(), ", "))
	}
	return text, nil
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
