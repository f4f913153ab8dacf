package synthesis

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
)

// TestWriteSample writes readable samples over ESCO to the file named by SYNTHESIS_SAMPLE, for a person to judge.
func TestWriteSample(t *testing.T) {
	path := os.Getenv("SYNTHESIS_SAMPLE")
	if path == "" {
		t.Skip("SYNTHESIS_SAMPLE names no file to write samples to")
	}
	tax, err := taxonomy.Load("../../../shared/data/esco-1.1.0")
	if err != nil {
		t.Skip("needs ../shared/data/esco-1.1.0: ", err)
	}
	var b strings.Builder
	opts := Options{Sentences: 400, Seed: 7, Pairing: Hierarchical, MinSkills: 1, MaxSkills: 4, NegativeShare: 0.2}
	_, err = Generate(context.Background(), tax, opts, func(e corpus.Example) error {
		var labels []string
		for _, uri := range e.Skills {
			i, _ := tax.Index(uri)
			labels = append(labels, tax.Skills()[i].PreferredLabel)
		}
		fmt.Fprintf(&b, "%s\n      -> %s\n", e.Text, strings.Join(labels, " | "))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
