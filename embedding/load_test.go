package embedding

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/checkpoints/checkpointtest"
)

func TestStockMaxLength(t *testing.T) {
	dir := t.TempDir()
	config, err := os.ReadFile(filepath.Join(checkpointtest.TinyBERT(t), "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := StockMaxLength(dir); err == nil {
		t.Error("a folder without config.json was accepted")
	}
	write("config.json", string(config))
	for content, want := range map[string]int{"": 64, `{"max_seq_length": 32}`: 32, `{"max_seq_length": 1000}`: 64, `{"max_seq_length": -1}`: 64, `{"max_seq_length": null}`: 64} {
		if content != "" {
			write("sentence_bert_config.json", content)
		} else if err := os.RemoveAll(filepath.Join(dir, "sentence_bert_config.json")); err != nil {
			t.Fatal(err)
		}
		if got, err := StockMaxLength(dir); err != nil || got != want {
			t.Errorf("%q: %d, %v, want %d", content, got, err, want)
		}
	}
	write("sentence_bert_config.json", "{")
	if _, err := StockMaxLength(dir); err == nil || !strings.Contains(err.Error(), "sentence_bert_config.json") {
		t.Errorf("a broken file: %v", err)
	}
}
