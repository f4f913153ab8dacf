package model

import (
	"cmp"
	"maps"
	"math"
	"os"
	"slices"
	"testing"

	"skillspace/internal/libtorch"
)

// otherDevice returns the device on which the tests of this file compute for the second time: the one that
// SKILLSPACE_DEVICE names (make gpu-check sets it), else the CPU, with the operations that CUDA runs.
func otherDevice(t *testing.T) libtorch.Device {
	t.Helper()
	device, err := libtorch.Choose(cmp.Or(os.Getenv("SKILLSPACE_DEVICE"), "cpu"))
	if err != nil {
		t.Fatal(err)
	}
	return device
}

func TestHiddenStatesAndGradientsOnTheDevice(t *testing.T) {
	device := otherDevice(t)
	folders := map[string]string{}
	for _, name := range tinyFamilies {
		folders[name] = tinyFolder(name)
	}
	if folder := os.Getenv("SKILLSPACE_MINILM"); folder != "" {
		folders["MiniLM"] = folder
	}
	for name, folder := range folders {
		t.Run(name, func(t *testing.T) {
			hidden, all := hiddenAndGradients(t, folder, libtorch.CPU, false)
			there, allThere := hiddenAndGradients(t, folder, device, true)
			nearest(t, "hidden states", there, hidden, 1e-4)
			worst := 0.0
			for _, parameter := range slices.Sorted(maps.Keys(all)) {
				nearest(t, "gradient of "+parameter, allThere[parameter], all[parameter], 1e-3)
				worst = max(worst, apart(allThere[parameter], all[parameter]))
			}
			t.Logf("measured: %s, %v to CPU: hidden states %.2g, gradients %.2g of the largest apart", name, device, apart(there, hidden), worst)
		})
	}
}

func hiddenAndGradients(t *testing.T, folder string, device libtorch.Device, composed bool) (values []float32, all map[string][]float32) {
	t.Helper()
	e, err := LoadEncoder(folder, device)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	b := mixedBatch(t, int(e.Config.VocabSize), 1)
	run(t, func(s *libtorch.Scope) {
		l := b.layout(s, device, libtorch.Float32)
		l.composed = composed || device.IsCUDA()
		hidden := e.forward(s, l, false)
		values, all = floats(t, hidden), gradients(t, s, e, hidden)
	})
	return values, all
}

// apart is the largest difference of two slices of equal length, relative to the largest value where that is above 1.
func apart(got, want []float32) float64 {
	worst, scale := 0.0, 1.0
	for i := range want {
		worst = max(worst, math.Abs(float64(got[i]-want[i])))
		scale = max(scale, math.Abs(float64(want[i])))
	}
	return worst / scale
}

// The embeddings of every head on the device, in every training precision of the device, must be near the CPU's in Float32.
func TestEmbeddingsOnTheDevice(t *testing.T) {
	device := otherDevice(t)
	precisions := map[libtorch.DType]float64{libtorch.Float32: 1e-4, libtorch.BFloat16: 5e-2}
	if device.IsCUDA() {
		precisions[libtorch.Float16] = 1e-2
	}
	heads := map[string]HeadConfig{
		"mean": {Pooling: MeanPooling}, "BiLSTM and attention": {Pooling: AttentionPooling, BiLSTM: true, Projection: 16},
	}
	embed := func(t *testing.T, head HeadConfig, device libtorch.Device, precision libtorch.DType) (values []float32) {
		t.Helper()
		if err := libtorch.Seed(3); err != nil {
			t.Fatal(err)
		}
		e, err := LoadEncoder(tinyBERT, device)
		if err != nil {
			t.Fatal(err)
		}
		tower, err := NewTower(e, head)
		if err != nil {
			t.Fatal(err)
		}
		defer tower.Close()
		b := mixedBatch(t, int(e.Config.VocabSize), 1)
		run(t, func(s *libtorch.Scope) { values = floats(t, tower.Embed(s, b, precision, false)) })
		return values
	}
	for name, head := range heads {
		t.Run(name, func(t *testing.T) {
			want := embed(t, head, libtorch.CPU, libtorch.Float32)
			for precision, tolerance := range precisions {
				got := embed(t, head, device, precision)
				nearest(t, precision.String(), got, want, tolerance)
				t.Logf("measured: embeddings, %s, %v in %v to CPU in float32: %.2g apart", name, device, precision, apart(got, want))
			}
		})
	}
}
