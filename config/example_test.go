package config_test

import (
	"fmt"

	"skillspace/config"
)

func ExampleLoad() {
	cfg, err := config.Load[config.TrainFilter](config.Sources{
		File:       "preset:filter-minilm",
		Set:        []string{"train.epochs=4"},
		SkipInputs: true, // the preset's files need not be there
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(cfg.Model.Pooling, cfg.Train.Epochs)

	_, err = config.Load[config.TrainFilter](config.Sources{File: "preset:filter-minilm", Set: []string{"train.epoch=4"}})
	fmt.Println(err)
	// Output:
	// mean 4
	// --set train.epoch=4: unknown key "train.epoch" (did you mean "train.epochs"?)
}
