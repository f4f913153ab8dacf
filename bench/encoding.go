package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"

	"skillspace/data/corpus"
	"skillspace/embedding"
)

// The sides of the encoding task.
const (
	encodeDefaults = "SentenceTransformer.encode, defaults"
	encodeFP32     = "SentenceTransformer.encode, fp32, best batch"
	encodeBF16     = "SentenceTransformer.encode, bf16, best batch"
	encodeONNX     = "onnxruntime, fp32, best batch"
	encodeOurs     = "skillspace, fp32"
	encodeOursAuto = "skillspace, precision auto"
)

// encoding is what the sides of the task share.
type encoding struct {
	*bench
	sentences string // file of JSON strings
	count     int
	maxLength int
	model     string // onnxruntime's
	vectors   map[string]string
}

// encodeTask is (b) and the encoding half of (c). All sides must give the same vectors.
func (b *bench) encodeTask(ctx context.Context) error {
	e, err := b.newEncoding(ctx)
	if err != nil {
		return err
	}
	sides := []side{e.ours(encodeOurs, "fp32"), e.ours(encodeOursAuto, "auto"), e.peer(encodeDefaults, "defaults", 0)}
	tuned := map[string]string{encodeFP32: "best-fp32", encodeONNX: "onnx"}
	if b.nativeBF16() {
		tuned[encodeBF16] = "best-bf16"
	}
	for _, name := range []string{encodeFP32, encodeBF16, encodeONNX} {
		mode, wanted := tuned[name]
		if !wanted {
			continue
		}
		batch, err := e.tune(ctx, name, mode)
		if err != nil {
			return err
		}
		sides = append(sides, e.peer(name, mode, batch))
	}
	rows, err := interleave(ctx, "encoding", sides, b.Rounds)
	if err != nil {
		return err
	}
	agreement, err := agree(e.vectors)
	if err != nil {
		return err
	}
	b.result.Encoding = &Comparison{Title: fmt.Sprintf("Encoding %d sentences, MiniLM-L6, at most %d tokens", e.count, e.maxLength), Rows: rows,
		Agreement: agreement, Ratios: encodingRatios(rows, b.nativeBF16())}
	return nil
}

func encodingRatios(rows []Measured, bf16 bool) []Ratio {
	ratios := []Ratio{
		speed(rows, encodeOursAuto, encodeDefaults, 2), speed(rows, encodeOursAuto, encodeONNX, 1.3),
		speed(rows, encodeOurs, encodeDefaults, 0), speed(rows, encodeOurs, encodeFP32, 0), speed(rows, encodeOurs, encodeONNX, 0),
	}
	if bf16 {
		ratios = append(ratios, speed(rows, encodeOursAuto, encodeBF16, 0))
	}
	return append(ratios, memory(rows, encodeOursAuto, encodeDefaults, 0.6), memory(rows, encodeOursAuto, encodeONNX, 0))
}

// newEncoding writes the sentences and has the peer's model exported once.
func (b *bench) newEncoding(ctx context.Context) (*encoding, error) {
	sentences, source, err := b.sentences()
	if err != nil {
		return nil, err
	}
	e := &encoding{bench: b, sentences: filepath.Join(b.work, "sentences.jsonl"), count: len(sentences),
		model: filepath.Join(b.Cache, "minilm.onnx"), vectors: map[string]string{}}
	if e.maxLength, err = embedding.StockMaxLength(b.Model); err != nil {
		return nil, err
	}
	hash, err := writeLines(e.sentences, sentences)
	if err != nil {
		return nil, err
	}
	b.result.Data.Sentences = Dataset{Source: source, Count: len(sentences), SHA256: hash}
	if err := os.MkdirAll(b.Cache, 0o755); err != nil {
		return nil, fmt.Errorf("folder for the exported model: %w", err)
	}
	_, err = b.script("export to ONNX", "export_onnx.py", "--model", b.Model, "--output", e.model).run(ctx)
	return e, err
}

// sentences returns those to encode and where they are from: real ones where the file is there, else template sentences.
func (b *bench) sentences() ([]string, string, error) {
	if _, err := os.Stat(b.SkillSpan); err != nil {
		slog.Warn("no real sentences, encoding template sentences", "file", b.SkillSpan)
		texts := make([]string, b.Sentences)
		for i := range texts {
			texts[i] = b.pairs[i%len(b.pairs)].Anchor
		}
		return texts, "template corpus", nil
	}
	labelled, _, err := corpus.ReadLabelled(b.SkillSpan)
	if err != nil {
		return nil, "", err
	}
	texts := make([]string, b.Sentences)
	for i := range texts { // SkillSpan's file holds a few less than 5,000
		texts[i] = labelled[i%len(labelled)].Text
	}
	return texts, b.SkillSpan, nil
}

// peer is a side of encode.py; a batch of 0 is the mode's own.
func (e *encoding) peer(name, mode string, batch int) side {
	return e.side(name, func(output string) *child {
		args := append(e.peerArguments(mode), "--output", output)
		if batch > 0 {
			args = append(args, "--batch", strconv.Itoa(batch))
		}
		return e.script(name, "encode.py", args...)
	})
}

func (e *encoding) peerArguments(mode string) []string {
	return []string{"--model", e.Model, "--sentences", e.sentences, "--mode", mode, "--max-length", strconv.Itoa(e.maxLength), "--onnx", e.model}
}

// tune asks a peer for its fastest batch size, before anything is timed.
func (e *encoding) tune(ctx context.Context, name, mode string) (int, error) {
	f, err := e.script(name+", tuning", "encode.py", append(e.peerArguments(mode), "--tune")...).run(ctx)
	if err != nil {
		return 0, err
	}
	var answer struct{ Batch int }
	if err := f.answer(&answer); err != nil {
		return 0, err
	}
	slog.Info("encoding", "side", name, "fastest batch", answer.Batch)
	e.result.Settings.Batches[name] = answer.Batch
	return answer.Batch, nil
}

func (e *encoding) ours(name, precision string) side {
	return e.side(name, func(output string) *child {
		return e.self(name, "encode-worker", "--model", e.Model, "--sentences", e.sentences, "--max-length", strconv.Itoa(e.maxLength),
			"--precision", precision, "--threads", strconv.Itoa(e.Threads), "--output", output)
	})
}

// side measures what start returns for an output file, and keeps the vectors of the last round.
func (e *encoding) side(name string, start func(output string) *child) side {
	output := filepath.Join(e.work, fmt.Sprintf("vectors-%s.f32", name))
	e.vectors[name] = output
	return side{name, "sentences/s", func(ctx context.Context, _ int) (measurement, error) {
		f, err := start(output).run(ctx)
		if err != nil {
			return measurement{}, err
		}
		var answer struct{ Seconds float64 }
		if err := f.answer(&answer); err != nil {
			return measurement{}, err
		}
		return measurement{rate: float64(e.count) / answer.Seconds, peak: f.peak, wall: f.wall}, e.note(f)
	}}
}
