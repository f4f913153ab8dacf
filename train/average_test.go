package train

import (
	"errors"
	"math"
	"slices"
	"testing"

	"skillspace/internal/libtorch"
	"skillspace/model"
)

// fill sets every parameter to value.
func fill(t *testing.T, task Task, value float32) {
	t.Helper()
	err := libtorch.Do(func(s *libtorch.Scope) error {
		for _, p := range model.AllParameters(task.ParameterGroups()) {
			n := int64(1)
			for _, size := range p.Shape {
				n *= size
			}
			if err := libtorch.CopyInto(p.Tensor, s.Float32s(slices.Repeat([]float32{value}, int(n)), p.Shape...)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// values returns every parameter, one after another.
func values(t *testing.T, task Task) (all []float32) {
	t.Helper()
	for _, p := range model.AllParameters(task.ParameterGroups()) {
		v, err := p.Tensor.Float32s()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v...)
	}
	return all
}

func TestAverageFollowsTheWeights(t *testing.T) {
	task := tinyFilter(t)
	fill(t, task, 1)
	average, err := NewAverage(task.ParameterGroups(), 0.5)
	if err != nil {
		t.Fatal(err)
	}
	defer average.Close()
	want := 1.0
	for step, weight := range []float32{3, -2, 5, 0.25} {
		fill(t, task, weight)
		decay := min(0.5, float64(2+step)/float64(11+step))
		want = decay*want + (1-decay)*float64(weight)
		for range 2 { // twice, because the hooks of an interrupted step run again
			if err := average.include(step + 1); err != nil {
				t.Fatal(err)
			}
		}
	}
	failed := errors.New("failed inside")
	for _, result := range []error{nil, failed} {
		err := average.Within(func() error {
			for _, v := range values(t, task) {
				if math.Abs(float64(v)-want) > 1e-6 {
					t.Fatalf("averaged weight %v, want %v", v, want)
				}
			}
			return result
		})
		if !errors.Is(err, result) {
			t.Errorf("error %v, want %v", err, result)
		}
		for _, v := range values(t, task) {
			if v != 0.25 {
				t.Fatalf("the model goes on with weight %v, want its own 0.25", v)
			}
		}
	}
}
