package trainer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
	"skillspace/internal/usage"
)

// refused checks that a training ends as wrong use before it has written a step.
func refused(t *testing.T, dir string, err error, want string) {
	t.Helper()
	if _, wrong := errors.AsType[*usage.Error](err); !wrong || !strings.Contains(err.Error(), want) {
		t.Errorf("%v; want %q as wrong use", err, want)
	}
	if _, err := os.Stat(filepath.Join(dir, "metrics.jsonl")); err == nil {
		t.Error("steps were recorded")
	}
}

func writeLines(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lines.jsonl")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// corpusOf writes sentences about skills that are held out at a share of 0.5, or that are not.
func corpusOf(t *testing.T, heldOut bool) string {
	t.Helper()
	tax, err := taxonomy.Load(ontology)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, skill := range tax.Skills() {
		if (corpus.Share(skill.URI) < 0.5) == heldOut {
			lines = append(lines, fmt.Sprintf(`{"text": "You can do %s.", "skills": [%q]}`, skill.PreferredLabel, skill.URI))
		}
	}
	return writeLines(t, lines...)
}

func TestBiEncoderIsCheckedBeforeTheFirstStep(t *testing.T) {
	cfg := biencoderConfig(t, corpusOf(t, false))
	cfg.Validation.Share = 0.5
	refused(t, cfg.Run.Dir, BiEncoder(context.Background(), cfg, false, io.Discard), "names a held-out skill, so that mrr cannot be measured: raise validation.share")
	cfg = biencoderConfig(t, corpusOf(t, true))
	cfg.Validation.Share = 0.5
	refused(t, cfg.Run.Dir, BiEncoder(context.Background(), cfg, false, io.Discard), "has no sentence to train on")
	cfg = biencoderConfig(t, writeCorpus(t))
	cfg.Validation.Benchmark = []string{writeLines(t, `{"text": "You drive.", "skills": ["http://example.org/none"]}`)}
	refused(t, cfg.Run.Dir, BiEncoder(context.Background(), cfg, false, io.Discard), "validation.benchmark: ")
	// With a benchmark, a corpus needs no held-out sentence.
	cfg = biencoderConfig(t, corpusOf(t, false))
	cfg.Validation.Share, cfg.Validation.Benchmark, cfg.Train.MaxSteps = 0.5, []string{corpusOf(t, true)}, 1
	if err := BiEncoder(context.Background(), cfg, false, io.Discard); err != nil {
		t.Error(err)
	}
}

// smallVocabulary copies the tiny encoder with a tokenizer that has more words than the encoder.
func smallVocabulary(t *testing.T, words ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "encoder")
	if err := os.CopyFS(dir, os.DirFS(tinyBERT)); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "tokenizer.json")); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "vocab.txt")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(text, []byte(strings.Join(words, "\n")+"\n")...), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTokensBeyondTheVocabulary(t *testing.T) {
	cfg := biencoderConfig(t, writeCorpus(t))
	cfg.Model.Encoder = smallVocabulary(t, "you")
	refused(t, cfg.Run.Dir, BiEncoder(context.Background(), cfg, false, io.Discard), "it is not this encoder's tokenizer")
	cfg.Model.Encoder = smallVocabulary(t, "zzyzx") // no text has it
	cfg.Train.MaxSteps = 1
	if err := BiEncoder(context.Background(), cfg, false, io.Discard); err != nil {
		t.Error(err)
	}
	filter := filterConfig(t, writeCorpus(t))
	filter.Model.Encoder = smallVocabulary(t, "you")
	refused(t, filter.Run.Dir, Filter(context.Background(), filter, false, io.Discard), "it is not this encoder's tokenizer")
}

func TestFilterNeedsTwoClasses(t *testing.T) {
	var skills, none []string
	for i := range 20 {
		skills = append(skills, fmt.Sprintf(`{"text": "You bake %d loaves.", "skills": ["u"]}`, i))
		none = append(none, fmt.Sprintf(`{"text": "We pay %d euros.", "skills": []}`, i))
	}
	cfg := filterConfig(t, writeLines(t, skills...))
	refused(t, cfg.Run.Dir, Filter(context.Background(), cfg, false, io.Discard), "name a skill and 0 name none; a filter needs both kinds")
	cfg = filterConfig(t, writeLines(t, none...))
	refused(t, cfg.Run.Dir, Filter(context.Background(), cfg, false, io.Discard), "0 name a skill")
	cfg = filterConfig(t, writeLines(t, append(skills, none...)...))
	cfg.Data.Validation = []string{writeLines(t, none...)}
	refused(t, cfg.Run.Dir, Filter(context.Background(), cfg, false, io.Discard), "data.validation: of 20 validation sentences 0 name a skill")
}
