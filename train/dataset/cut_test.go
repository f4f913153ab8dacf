package dataset

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"skillspace/checkpoints/checkpointtest"
	"skillspace/data/tokenize"
)

// A sentence of exactly max_length tokens is whole. A longer one is counted, and the log names the first.
func TestCutSentencesAreCounted(t *testing.T) {
	tokenizer, err := tokenize.Load(checkpointtest.TinyBERT(t))
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"You drive.", strings.Repeat("drive ", 30), strings.Repeat("bread ", 40), ""}
	whole := len(tokenizer.Encode(texts[1], 1000))
	var ids [][]int32
	for _, text := range texts {
		ids = append(ids, tokenizer.Encode(text, whole))
	}
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	cut := countCut(tokenizer, texts, ids, whole)
	if cut.Warn(whole); cut.Sentences != 1 || cut.Of != 4 || !strings.Contains(log.String(), "cut=1") || !strings.Contains(log.String(), "bread bread") {
		t.Errorf("%+v, log %s", cut, log.String())
	}
	log.Reset()
	cut = countCut(tokenizer, texts[:2], ids[:2], whole)
	if cut.Warn(whole); cut.Sentences != 0 || log.Len() > 0 {
		t.Errorf("%+v, log %s", cut, log.String())
	}
}
