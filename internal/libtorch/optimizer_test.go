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

// Parameters that our kernel does not update, such as those on CUDA, are updated together. Float64 takes that way on the CPU.
func TestAdamWOverAllTensorsEqualsTheKernel(t *testing.T) {
	sizes := []int64{7, 64, 3}
	updated := func(dtype libtorch.DType) (all [][]float32) {
		err := libtorch.Do(func(s *libtorch.Scope) error {
			if err := libtorch.Seed(5); err != nil {
				return err
			}
			var parameters, expAvg, expAvgSq []libtorch.Tensor
			for _, size := range sizes {
				p := s.To(s.Normal(0, 1, size), dtype)
				if err := libtorch.Parameter(p, true); err != nil {
					return err
				}
				parameters, expAvg, expAvgSq = append(parameters, p), append(expAvg, s.ZerosLike(p)), append(expAvgSq, s.ZerosLike(p))
			}
			for step := range 5 {
				groups := make([]libtorch.AdamWGroup, len(sizes))
				for i, p := range parameters {
					// The parameters' learning rates and decays differ, and the last one's betas and steps too.
					groups[i] = libtorch.AdamWGroup{LearningRate: 0.01 * float64(i+1), WeightDecay: 0.1 * float64(i), Beta1: 0.9, Beta2: 0.999,
						Epsilon: 1e-8, Step: int64(step + 1)}
					if err := libtorch.Backward(s.Sum(s.Mul(p, s.To(s.Normal(0, 1, sizes[i]), dtype)))); err != nil {
						return err
					}
				}
				groups[2].Beta1, groups[2].Step = 0.8, int64(step+10)
				if err := libtorch.AdamW(parameters, expAvg, expAvgSq, groups); err != nil {
					return err
				}
				if err := libtorch.ClearGradients(parameters); err != nil {
					return err
				}
			}
			for _, p := range parameters {
				values, err := s.To(p, libtorch.Float32).Float32s()
				if err != nil {
					return err
				}
				all = append(all, values)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	kernel, together := updated(libtorch.Float32), updated(libtorch.Float64)
	for i := range kernel {
		for j := range kernel[i] {
			if d := math.Abs(float64(kernel[i][j] - together[i][j])); !(d <= 1e-6) {
				t.Errorf("parameter %d, element %d: %v by the kernel, %v over all tensors", i, j, kernel[i][j], together[i][j])
			}
		}
	}
}
