package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"skillspace/embedding"
	"skillspace/internal/libtorch"
)

// warmUpSentences are encoded before the stopwatch starts, as in encode.py.
const warmUpSentences = 256

// encodeWork is what the worker of our side of the encoding task is told.
type encodeWork struct {
	model, sentences, precision, output, device string
	maxLength, threads                          int
}

func newEncodeWorker() *cobra.Command {
	var w encodeWork
	cmd := &cobra.Command{Use: "encode-worker", Hidden: true, RunE: func(cmd *cobra.Command, _ []string) error {
		seconds, err := w.run(cmd.Context())
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(map[string]any{"seconds": seconds, "versions": map[string]string{"libtorch": libtorch.Version()}})
	}}
	f := cmd.Flags()
	f.StringVar(&w.model, "model", "", "")
	f.StringVar(&w.sentences, "sentences", "", "")
	f.StringVar(&w.precision, "precision", "", "")
	f.StringVar(&w.output, "output", "", "")
	f.StringVar(&w.device, "device", "cpu", "")
	f.IntVar(&w.maxLength, "max-length", 0, "")
	f.IntVar(&w.threads, "threads", 0, "")
	return cmd
}

// run encodes the sentences with package embedding, as extract-skills does, and returns the seconds that took.
func (w *encodeWork) run(ctx context.Context) (float64, error) {
	sentences, err := readLines[string](w.sentences)
	if err != nil {
		return 0, err
	}
	if err := useThreads(w.threads); err != nil {
		return 0, err
	}
	device, err := libtorch.Choose(w.device)
	if err != nil {
		return 0, err
	}
	embedder, err := embedding.LoadStock(w.model, w.maxLength, device)
	if err != nil {
		return 0, err
	}
	defer embedder.Close()
	embedder.Precision = embedding.Precision(w.precision, device)
	if _, err := embedder.Embed(ctx, sentences[:min(warmUpSentences, len(sentences))], nil); err != nil {
		return 0, err
	}
	began := time.Now()
	vectors, err := embedder.Embed(ctx, sentences, nil)
	if err != nil {
		return 0, err
	}
	seconds := time.Since(began).Seconds()
	file, err := os.Create(w.output)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	return seconds, binary.Write(file, binary.LittleEndian, vectors.Data)
}

// readLines reads a file of JSON values.
func readLines[T any](path string) ([]T, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	decoder := json.NewDecoder(bufio.NewReader(file))
	var values []T
	for {
		var value T
		if err := decoder.Decode(&value); err == io.EOF {
			return values, nil
		} else if err != nil {
			return nil, fmt.Errorf("%s: value %d: %w", path, len(values)+1, err)
		}
		values = append(values, value)
	}
}
