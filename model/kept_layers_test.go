package model

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"skillspace/internal/libtorch"
)

func TestKeptLayersAreSpreadEvenly(t *testing.T) {
	for want, c := range map[string][2]int64{
		"[0 1 2 3 4 5]": {6, 0}, "[0 1 2]": {3, 3}, "[1 3 5]": {6, 3}, "[2 5 8 11]": {12, 4}, "[0 2 4 6]": {7, 4}, "[5]": {6, 1},
	} {
		if got, err := keptLayers(c[0], c[1]); err != nil || fmt.Sprint(got) != want {
			t.Errorf("%d of %d: %v, %v, want %s", c[1], c[0], got, err, want)
		}
	}
	for _, layers := range []int64{-1, 7} {
		if got, err := keptLayers(6, layers); err == nil {
			t.Errorf("%d of 6: %v", layers, got)
		}
	}
}

// An encoder with fewer layers has the last stored layer as its own last layer, and computes with it.
func TestEncoderOfFewerLayers(t *testing.T) {
	whole := openEncoder(t, tinyBERT)
	shallow, err := LoadEncoderLayers(tinyBERT, 1, libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(shallow.Close)
	if shallow.Config.Layers != 1 || len(shallow.fused) != 1 {
		t.Fatalf("%d layers, %d fused", shallow.Config.Layers, len(shallow.fused))
	}
	for _, p := range shallow.Parameters().List() {
		name := strings.Replace(p.Name, "encoder.layer.0.", "encoder.layer.1.", 1)
		got, err := p.Tensor.Float32s()
		want, err2 := whole.Parameters().get(name).Float32s()
		if err != nil || err2 != nil || !slices.Equal(got, want) {
			t.Errorf("%s is not %s: %v, %v", p.Name, name, err, err2)
		}
	}
	batch, err := NewBatch([][]int32{{2, 9, 8, 3}, {2, 7, 3}})
	if err != nil {
		t.Fatal(err)
	}
	run(t, func(s *libtorch.Scope) {
		hidden, err := shallow.Hidden(s, batch, false).Float32s()
		deep, err2 := whole.Hidden(s, batch, false).Float32s()
		if err != nil || err2 != nil || slices.Equal(hidden, deep) {
			t.Errorf("one layer computes what two do: %v, %v", err, err2)
		}
	})
	if _, err := LoadEncoderLayers(tinyBERT, 3, libtorch.CPU); err == nil {
		t.Error("three layers of two were loaded")
	}
}
