package libtorch_test

import (
	"math"
	"testing"

	"skillspace/model/safetensors"

	"skillspace/internal/libtorch"
)

func TestAdamWMatchesPyTorch(t *testing.T) {
	file, err := safetensors.Open("../../testdata/reference/adamw.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	values := func(name string) ([]float32, []int64) {
		info, data, ok := file.Tensor(name)
		if !ok {
			t.Fatalf("no tensor %q", name)
		}
		return safetensors.Float32s(data), info.Shape
	}
	names := []string{"dense.weight", "embedding.weight", "norm.bias"}
	err = libtorch.Do(func(s *libtorch.Scope) error {
		var parameters, expAvg, expAvgSq []libtorch.Tensor
		for _, name := range names {
			start, shape := values("value." + name)
			p := s.Float32s(start, shape...)
			if err := libtorch.Parameter(p, true); err != nil {
				return err
			}
			parameters, expAvg, expAvgSq = append(parameters, p), append(expAvg, s.ZerosLike(p)), append(expAvgSq, s.ZerosLike(p))
		}
		for step := range 20 {
			groups := make([]libtorch.AdamWGroup, len(names))
			for i, name := range names {
				grads, shape := values("grad." + name)
				size := len(grads) / int(shape[0])
				grad := s.Float32s(grads[step*size:(step+1)*size], shape[1:]...)
				if err := libtorch.Backward(s.Sum(s.Mul(parameters[i], grad))); err != nil {
					return err
				}
				groups[i] = libtorch.AdamWGroup{LearningRate: 0.002, WeightDecay: 0.1, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Step: int64(step + 1)}
			}
			groups[2].WeightDecay = 0
			if err := libtorch.AdamW(parameters, expAvg, expAvgSq, groups); err != nil {
				return err
			}
			if err := libtorch.ClearGradients(parameters); err != nil {
				return err
			}
			prefix, checked := map[int]string{0: "step1.", 4: "step5.", 19: "step20."}[step]
			for i, name := range names {
				if !checked {
					break
				}
				want, _ := values(prefix + name)
				got, err := parameters[i].Float32s()
				if err != nil {
					return err
				}
				for j := range want {
					if d := math.Abs(float64(want[j] - got[j])); d > 1e-6 {
						t.Fatalf("%s%s[%d]: %v, want %v", prefix, name, j, got[j], want[j])
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
