package checkpoints

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"skillspace/model"
)

// writeEncoderConfig copies the encoder's config.json, with the number of layers that the encoder has.
func writeEncoderConfig(w io.Writer, c Content) error {
	path := filepath.Join(c.Config, encoderConfigName)
	stored, err := model.ReadEncoderConfig(c.Config)
	if err != nil {
		return err
	}
	layers := stored.Layers
	for _, group := range c.Groups {
		if group.Name == "encoder" {
			if layers, err = group.Parameters.Layers(stored); err != nil {
				return err
			}
		}
	}
	if layers == stored.Layers {
		return copyFile(w, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var config map[string]json.RawMessage
	if err := json.Unmarshal(text, &config); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if config[stored.LayersKey()], err = json.Marshal(layers); err != nil {
		return err
	}
	if text, err = json.MarshalIndent(config, "", "  "); err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}
