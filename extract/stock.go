package extract

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"skillspace/model"
)

// StockMaxLength returns the longest input, in tokens, that a pretrained encoder's folder asks for: max_seq_length of
// sentence-transformers' sentence_bert_config.json where there is one, else as many as it has positions, at most 512.
func StockMaxLength(folder string) (int, error) {
	config, err := model.ReadEncoderConfig(folder)
	if err != nil {
		return 0, err
	}
	positions := int(min(config.LongestInput(), 512))
	path := filepath.Join(folder, "sentence_bert_config.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return positions, nil
	}
	if err != nil {
		return 0, fmt.Errorf("longest input: %w", err)
	}
	var wanted struct {
		MaxLength int `json:"max_seq_length"`
	}
	if err := json.Unmarshal(text, &wanted); err != nil {
		return 0, fmt.Errorf("longest input: %s: %w", path, err)
	}
	if wanted.MaxLength < 1 {
		return positions, nil
	}
	return min(wanted.MaxLength, positions), nil
}
