package ads

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"skillspace/data/jobad"
)

// generated writes n ads of about 4,000 characters as JSON lines; every second one is HTML.
func generated(w *io.PipeWriter, n int) {
	var plain, markup strings.Builder
	for i := range 60 {
		sentence := fmt.Sprintf("You weld the pipes of house %d, and you clean rooms – also late.", i)
		plain.WriteString(sentence + "\n")
		markup.WriteString("<li>" + strings.Replace(sentence, "and", "&amp;", 1) + "</li>\n")
	}
	texts := []string{plain.String(), "<ul>\n" + markup.String() + "</ul>"}
	for i := range n {
		line, err := json.Marshal(map[string]any{"id": i, "text": texts[i%2]})
		if err == nil {
			_, err = w.Write(append(line, '\n'))
		}
		if err != nil {
			w.CloseWithError(err)
			return
		}
	}
	w.Close()
}

// BenchmarkReadAndSplit reads and splits 1,000 ads of 4,000 characters an operation, and reports the memory in use at
// the end.
func BenchmarkReadAndSplit(b *testing.B) {
	const perOp = 1000
	r, w := io.Pipe()
	go generated(w, perOp*b.N)
	sentences, bytes := 0, 0
	_, err := Stream(b.Context(), "in", r, Layout{Format: JSONL, TextColumn: "text"}, func(ad Ad) error {
		sentences += len(jobad.Split(ad.Text))
		bytes += len(ad.Text)
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	b.SetBytes(int64(bytes / b.N))
	b.ReportMetric(float64(memory.HeapAlloc)/(1<<20), "MiB-heap")
	b.ReportMetric(float64(sentences)/float64(perOp*b.N), "sentences/ad")
}
