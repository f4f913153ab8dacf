package train_test

import (
	"context"
	"fmt"

	"skillspace/data/batch"
	"skillspace/internal/libtorch"
	"skillspace/model"
	"skillspace/model/loss"
	"skillspace/train"
)

// A loop trains a small filter for two epochs. A hook counts the examples and ends the run after the fifth step.
func ExampleLoop() {
	err := libtorch.Do(func(*libtorch.Scope) error {
		encoder, err := model.LoadEncoder("../testdata/tiny-bert", libtorch.CPU)
		if err != nil {
			return err
		}
		filter, err := model.NewFilter(encoder, model.MeanPooling, 0)
		if err != nil {
			return err
		}
		defer filter.Close()
		task := &train.FilterTask{Model: filter, Loss: loss.BCE{}, PositiveWeight: 1, Precision: libtorch.Float32,
			Batching: batch.Rules{Size: 2, Seed: 1}}
		for i := range 8 {
			task.Examples = append(task.Examples, train.LabelledExample{Tokens: []int32{2, int32(10 + i), 3}, Skill: i < 4})
		}
		loop, err := train.NewLoop(task, train.LoopOptions{Epochs: 2, Accumulation: 1,
			Optimizer: train.OptimizerOptions{LearningRate: 1e-4, HeadLearningRate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, LayerDecay: 1}})
		if err != nil {
			return err
		}
		defer loop.Close()
		loop.Add(countdown(5))
		return loop.Run(context.Background())
	})
	fmt.Println(err)
	// Output:
	// step 1 of 8: 2 examples, epoch ends: false
	// step 2 of 8: 2 examples, epoch ends: false
	// step 3 of 8: 2 examples, epoch ends: false
	// step 4 of 8: 2 examples, epoch ends: true
	// step 5 of 8: 2 examples, epoch ends: false
	// done
	// <nil>
}

// countdown is a hook that prints each step and ends the run after the given number of steps.
func countdown(steps int) train.Hook {
	return train.Hook{Name: "countdown", Priority: train.EarlyStoppingPriority,
		Step: func(_ context.Context, l *train.Loop, step train.Step) error {
			fmt.Printf("step %d of %d: %d examples, epoch ends: %v\n", step.Step, step.TotalSteps, step.Examples, step.EpochEnds)
			if step.Step == steps {
				l.Finish()
			}
			return nil
		},
		End: func(*train.Loop, error) error { fmt.Println("done"); return nil },
	}
}
