package config

import (
	"bytes"
	"fmt"

	yaml "go.yaml.in/yaml/v3"
)

// Dump returns every key of a command's struct with its value as YAML, which Load reads back to the same values.
func Dump(schema Schema) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("# Every key as it was resolved (defaults, file, environment, --set). Loadable with --config.\n")
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(schema); err != nil {
		return nil, fmt.Errorf("write config as YAML: %w", err)
	}
	if err := encoder.Close(); err != nil {
		return nil, fmt.Errorf("write config as YAML: %w", err)
	}
	return out.Bytes(), nil
}
