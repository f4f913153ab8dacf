package model_test

import (
	"fmt"
	"log"

	"skillspace/internal/libtorch"
	"skillspace/model"
)

// A tower maps token ids to vectors of unit length.
func ExampleTower_Embed() {
	encoder, err := model.LoadEncoder("../testdata/tiny-bert", libtorch.CPU)
	if err != nil {
		log.Fatal(err)
	}
	tower, err := model.NewTower(encoder, model.HeadConfig{Pooling: model.MeanPooling, Projection: 8})
	if err != nil {
		log.Fatal(err)
	}
	defer tower.Close()
	batch, err := model.NewBatch([][]int32{{2, 17, 18, 3}, {2, 9, 3}})
	if err != nil {
		log.Fatal(err)
	}
	err = libtorch.Do(func(s *libtorch.Scope) error {
		libtorch.NoGrad(func() {
			embeddings := tower.Embed(s, batch, libtorch.Float32, false)
			shape, err := embeddings.Shape()
			fmt.Println(shape, err)
		})
		return s.Err()
	})
	fmt.Println(err)
	// Output:
	// [2 8] <nil>
	// <nil>
}
