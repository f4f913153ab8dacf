package embedding_test

import (
	"context"
	"fmt"
	"log"

	"skillspace/embedding"
	"skillspace/internal/libtorch"
)

// A pretrained encoder turns texts into unit vectors.
func ExampleEmbedder_Embed() {
	const folder = "../testdata/tiny-bert" // a folder with config.json, model.safetensors and a tokenizer
	maxLength, err := embedding.StockMaxLength(folder)
	if err != nil {
		log.Fatal(err)
	}
	embedder, err := embedding.LoadStock(folder, maxLength, libtorch.CPU)
	if err != nil {
		log.Fatal(err)
	}
	defer embedder.Close()
	vectors, err := embedder.Embed(context.Background(), []string{"You drive trucks.", "We bake bread."}, nil)
	if err != nil {
		log.Fatal(err)
	}
	var length float32
	for _, x := range vectors.Row(0) {
		length += x * x
	}
	fmt.Printf("%d vectors of %d numbers, length %.2f\n", vectors.Len(), vectors.Dimension, length)
	// Output: 2 vectors of 32 numbers, length 1.00
}

// Calibrated turns a filter's logits into probabilities; a temperature above 1 makes them less certain.
func ExampleCalibrated() {
	fmt.Printf("%.2f %.2f\n", embedding.Calibrated([]float32{2}, 1), embedding.Calibrated([]float32{2}, 2))
	// Output: [0.88] [0.73]
}
