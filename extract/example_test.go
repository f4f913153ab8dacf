package extract_test

import (
	"context"
	"fmt"
	"log"

	"skillspace/data/taxonomy"
	"skillspace/extract"
	"skillspace/index"
	"skillspace/internal/libtorch"
)

// An extractor splits an ad into sentences and reports the nearest skills of each.
func ExampleExtractor_Extract() {
	ctx := context.Background()
	skills := []taxonomy.Skill{
		{URI: "example:drive", PreferredLabel: "drive trucks"},
		{URI: "example:bake", PreferredLabel: "bake bread"},
	}
	// index.OpenCheckpoint opens a trained bi-encoder in the same way, and embedding.LoadFilter a sentence filter.
	ranker, err := index.OpenStock(ctx, "../testdata/tiny-bert", skills, index.OpenOptions{Device: libtorch.CPU})
	if err != nil {
		log.Fatal(err)
	}
	x := &extract.Extractor{Ranker: ranker}
	defer x.Close()
	found, err := x.Extract(ctx, "Bake bread\n\nDrive trucks", extract.Criteria{TopK: 1, Threshold: 0.5})
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range found {
		for _, m := range f.Skills {
			fmt.Printf("%s: %s %.2f\n", f.Sentence.Text, skills[m.Skill].PreferredLabel, m.Score)
		}
	}
	// Output:
	// Bake bread: bake bread 1.00
	// Drive trucks: drive trucks 1.00
}
