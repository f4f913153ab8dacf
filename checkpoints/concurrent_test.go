package checkpoints

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"skillspace/internal/libtorch"
	"skillspace/model"
)

// A reader of a folder that a run saves again and again gets the weights, the head and the manifest of one step.
func TestReaderDuringSavesGetsOneStep(t *testing.T) {
	encoder, err := model.LoadEncoderLayers(tinyBERT, 1, libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	filter, err := model.NewFilter(encoder, model.MeanPooling, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer filter.Close()
	dir := filepath.Join(t.TempDir(), "last")
	save := func(step int) error {
		if err := fillGroups(filter.ParameterGroups(), float32(step)); err != nil {
			return err
		}
		content := Content{Groups: filter.ParameterGroups(), Config: tinyBERT, Tokenizer: []string{filepath.Join(tinyBERT, "vocab.txt")}}
		content.Manifest = Manifest{Kind: Filter, Step: step, Model: ModelInfo{Head: model.HeadConfig{Pooling: model.MeanPooling}, MaxLength: 32}}
		return Save(dir, content)
	}
	if err := save(1); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	saved := make(chan error, 1)
	go func() {
		for step := 2; ctx.Err() == nil; step++ {
			if err := save(step); err != nil {
				saved <- err
				return
			}
		}
		saved <- nil
	}()
	steps := map[int]bool{}
	for deadline := time.Now().Add(3 * time.Second); time.Now().Before(deadline) && !t.Failed(); {
		step, err := loadedStep(dir)
		if err != nil {
			t.Error(err)
		}
		steps[step] = true
	}
	stop()
	if err := <-saved; err != nil {
		t.Fatal(err)
	}
	if len(steps) < 3 {
		t.Errorf("only %d steps were seen", len(steps))
	}
}

// fillGroups sets every parameter to value.
func fillGroups(groups []model.ParameterGroup, value float32) error {
	return libtorch.Do(func(s *libtorch.Scope) error {
		for _, group := range groups {
			for _, parameter := range group.Parameters.List() {
				size := int64(1)
				for _, n := range parameter.Shape {
					size *= n
				}
				values := make([]float32, size)
				for i := range values {
					values[i] = value
				}
				if err := libtorch.CopyInto(parameter.Tensor, s.Float32s(values, parameter.Shape...)); err != nil {
					return err
				}
			}
		}
		return s.Err()
	})
}

// loadedStep loads a filter whose parameters all have the value of its step.
func loadedStep(dir string) (int, error) {
	filter, m, err := LoadFilter(dir, libtorch.CPU)
	if err != nil {
		return 0, err
	}
	defer filter.Close()
	for _, group := range filter.ParameterGroups() {
		for _, parameter := range group.Parameters.List() {
			values, err := parameter.Tensor.Float32s()
			if err != nil {
				return 0, err
			}
			for _, value := range values {
				if value != float32(m.Step) {
					return 0, fmt.Errorf("the manifest is of step %d, %s %s of %v", m.Step, group.Name, parameter.Name, value)
				}
			}
		}
	}
	return m.Step, nil
}
