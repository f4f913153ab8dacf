package index_test

import (
	"context"
	"fmt"
	"log"

	"skillspace/data/taxonomy"
	"skillspace/index"
	"skillspace/internal/libtorch"
)

// The skills of a taxonomy are embedded once and then searched.
func ExampleIndex_Search() {
	ctx := context.Background()
	skills := []taxonomy.Skill{
		{URI: "example:drive", PreferredLabel: "drive trucks"},
		{URI: "example:bake", PreferredLabel: "bake bread"},
		{URI: "example:german", PreferredLabel: "speak German"},
	}
	ranker, err := index.OpenStock(ctx, "../testdata/tiny-bert", skills, index.OpenOptions{Device: libtorch.CPU})
	if err != nil {
		log.Fatal(err)
	}
	defer ranker.Close()
	queries, err := ranker.Embedder.Embed(ctx, []string{"bake bread"}, nil)
	if err != nil {
		log.Fatal(err)
	}
	matches, err := ranker.Index.Search(ctx, queries, func(int) index.Limit { return index.Limit{K: 1, Threshold: 0.5} })
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range matches[0] {
		fmt.Printf("%s %.2f\n", skills[m.Skill].PreferredLabel, m.Score)
	}
	// Output: bake bread 1.00
}
