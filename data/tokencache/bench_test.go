package tokencache

import (
	"os"
	"path/filepath"
	"testing"

	"skillspace/data/corpus"
)

// BenchmarkCorpus compares encoding a corpus of 60,000 sentences with reading it from the cache.
func BenchmarkCorpus(b *testing.B) {
	const path, minilm = "../../runs/corpus-esco/corpus.jsonl", "../../.deps/models/all-MiniLM-L6-v2"
	for _, needed := range []string{path, minilm} {
		if _, err := os.Stat(needed); err != nil {
			b.Skip(err)
		}
	}
	examples, _, err := corpus.Read(path)
	if err != nil {
		b.Fatal(err)
	}
	texts := make([]string, len(examples))
	for i, e := range examples {
		texts[i] = e.Text
	}
	tokenizer := load(b, minilm)
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			if _, err := tokenizer.EncodeBatch(b.Context(), texts, 96); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("miss", func(b *testing.B) {
		for b.Loop() {
			if _, err := encode(b.Context(), filepath.Join(b.TempDir(), "cache"), tokenizer, texts, 96); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("hit", func(b *testing.B) {
		dir := b.TempDir()
		for b.Loop() { // the first one fills the cache
			if _, err := encode(b.Context(), dir, tokenizer, texts, 96); err != nil {
				b.Fatal(err)
			}
		}
	})
}
