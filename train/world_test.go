package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"sync"
	"testing"
	"time"

	"skillspace/internal/libtorch"
	"skillspace/model"
	"skillspace/model/loss"
)

// inRanks runs f in a goroutine for each rank of a world. Each needs a model of its own.
func inRanks(t *testing.T, size int, f func(rank int, world *libtorch.Group) error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	errs := make([]error, size)
	var all sync.WaitGroup
	for rank := range size {
		all.Go(func() {
			if rank > 0 { // a rank that comes before the store tries again after a second
				time.Sleep(50 * time.Millisecond)
			}
			world, err := libtorch.JoinGroup(libtorch.GroupOptions{Host: "127.0.0.1", Port: port, Rank: rank, Size: size, Prefix: "test",
				JoinTimeout: time.Minute, Timeout: time.Minute})
			if err == nil {
				defer world.Close()
				err = f(rank, world)
			}
			if err != nil {
				errs[rank] = fmt.Errorf("rank %d: %w", rank, err)
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// summed returns the gradients of every rank's share of one micro-batch, summed, and the losses.
func summed(t *testing.T, size int, tasks []Task, prepare func(task Task) (Batch, error)) ([]map[string][]float32, []float64) {
	t.Helper()
	grads, losses := make([]map[string][]float32, size), make([]float64, size)
	inRanks(t, size, func(rank int, world *libtorch.Group) error {
		switch task := tasks[rank].(type) {
		case withoutScale:
			task.World = world
		case *FilterTask:
			task.World = world
		}
		batch, err := prepare(tasks[rank])
		if err != nil {
			return err
		}
		grads[rank], losses[rank] = gradients(t, tasks[rank], func(*libtorch.Scope) (float64, error) {
			value, err := batch.Accumulate(0.5)
			if err != nil {
				return 0, err
			}
			var tensors []libtorch.Tensor
			for _, p := range model.AllParameters(tasks[rank].ParameterGroups()) {
				tensors = append(tensors, p.Tensor)
			}
			return value, world.SumGradients(tensors)
		})
		return nil
	})
	return grads, losses
}

// exactGradients allows differences of 1e-6, relative to a parameter's largest gradient where that is above one.
func exactGradients(t *testing.T, name string, got, want map[string][]float32) {
	t.Helper()
	for parameter := range want {
		largest, worst := 0.0, 0.0
		for i, w := range want[parameter] {
			largest = max(largest, math.Abs(float64(w)))
			worst = max(worst, math.Abs(float64(w-got[parameter][i])))
		}
		if worst > 1e-6*max(largest, 1) || largest == 0 || math.IsNaN(worst) {
			t.Errorf("%s: %s: gradients differ by %.3g, the largest is %.3g", name, parameter, worst, largest)
		}
	}
}

func firstExamples(n int) []int {
	examples := make([]int, n)
	for i := range examples {
		examples[i] = i
	}
	return examples
}

// Without dropout, several ranks must have the gradients of one process over the whole batch: negatives, hard negatives, several
// positives and ignored relatives of all ranks count. Three sentences over four ranks leave one without a sentence.
func TestRanksHaveTheGradientsOfOneProcess(t *testing.T) {
	for kind, objective := range map[string]loss.Contrastive{"infonce": &loss.InfoNCE{Symmetric: true}, "margin": &loss.Margin{Margin: 0.5}} {
		for _, c := range []struct {
			ranks, chunk, sentences int
			shared, hard            bool
		}{
			{2, 0, 40, true, true}, {4, 0, 40, true, true}, {2, 7, 40, true, true}, {4, 3, 40, false, true}, {4, 0, 3, true, false}, {4, 2, 3, false, false},
		} {
			name := fmt.Sprintf("%s %+v", kind, c)
			tiny := func() withoutScale {
				task := tinyPairs(t, c.shared, 0)
				task.Loss, task.ChunkSize = objective, c.chunk
				if c.hard {
					task.Negatives = family(true, 28)
				}
				return withoutScale{task, kind}
			}
			prepare := func(task Task) (Batch, error) { return task.Prepare(firstExamples(c.sentences), Position{}) }
			one := tiny()
			whole, err := prepare(one)
			if err != nil {
				t.Fatal(err)
			}
			want, wantLoss := gradients(t, one, func(*libtorch.Scope) (float64, error) { return whole.Accumulate(0.5) })
			tasks := make([]Task, c.ranks)
			for rank := range tasks {
				tasks[rank] = tiny()
			}
			got, losses := summed(t, c.ranks, tasks, prepare)
			for rank := range got {
				if math.Abs(losses[rank]-wantLoss) > 1e-5 {
					t.Errorf("%s: rank %d has loss %v, one process %v", name, rank, losses[rank], wantLoss)
				}
				exactGradients(t, fmt.Sprint(name, " rank ", rank), got[rank], want)
			}
		}
	}
}

func TestRanksHaveTheGradientsOfOneFilter(t *testing.T) {
	for _, c := range []struct {
		ranks, sentences int
		objective        loss.Binary
		spans            bool
	}{
		{2, 11, loss.BCE{}, false}, {4, 11, loss.BCE{}, true}, {4, 2, loss.BCE{}, true}, {2, 11, &loss.Focal{Gamma: 2}, true},
	} {
		tiny := func() *FilterTask {
			if err := libtorch.Seed(3); err != nil {
				t.Fatal(err)
			}
			task := tinyFilter(t)
			task.Model.Encoder.SetDropout(0)
			task.Loss, task.PositiveWeight = c.objective, 1.5
			if c.spans {
				task.SpanWeight = 0.7
				if err := task.Model.AddSpans(); err != nil {
					t.Fatal(err)
				}
			}
			for i := range task.Examples {
				task.Examples[i].Tokens = append(task.Examples[i].Tokens, make([]int32, i%4)...)
				if c.spans && i%3 == 1 { // with two sentences, three of four ranks have no marked token
					task.Examples[i].Spans = []bool{true}
				}
			}
			return task
		}
		prepare := func(task Task) (Batch, error) { return task.Prepare(firstExamples(c.sentences), Position{}) }
		one := tiny()
		whole, err := prepare(one)
		if err != nil {
			t.Fatal(err)
		}
		want, wantLoss := gradients(t, one, func(*libtorch.Scope) (float64, error) { return whole.Accumulate(0.5) })
		tasks := make([]Task, c.ranks)
		for rank := range tasks {
			tasks[rank] = tiny()
		}
		got, losses := summed(t, c.ranks, tasks, prepare)
		for rank := range got {
			if math.Abs(losses[rank]-wantLoss) > 1e-6 {
				t.Errorf("%+v: rank %d has loss %v, one process %v", c, rank, losses[rank], wantLoss)
			}
			exactGradients(t, fmt.Sprintf("%+v rank %d", c, rank), got[rank], want)
		}
	}
}

// A rank that is told to stop stops all at the same step.
func TestOneRankStopsAll(t *testing.T) {
	steps := make([]int, 2)
	tasks := []*FilterTask{tinyFilter(t), tinyFilter(t)}
	inRanks(t, 2, func(rank int, world *libtorch.Group) error {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		tasks[rank].World = world
		return libtorch.Do(func(*libtorch.Scope) error {
			loop, err := NewLoop(tasks[rank], LoopOptions{Epochs: 3, Accumulation: 1, World: world, Optimizer: OptimizerOptions{LearningRate: 1e-5, Epsilon: 1e-8}})
			if err != nil {
				return err
			}
			defer loop.Close()
			loop.Add(Hook{Name: "stop", Step: func(_ context.Context, _ *Loop, step Step) error {
				if rank == 1 && step.Step == 4 {
					cancel()
				}
				return nil
			}})
			if err := loop.Run(ctx); !errors.Is(err, context.Canceled) {
				return fmt.Errorf("error %w, want cancelled", err)
			}
			steps[rank] = loop.Position.Step
			return nil
		})
	})
	if steps[0] != 4 || steps[1] != 4 {
		t.Errorf("stopped after steps %v, want 4", steps)
	}
}

// Ranks that differ say which one and in what.
func TestRanksThatDifferAreRefused(t *testing.T) {
	tasks := []*FilterTask{tinyFilter(t), tinyFilter(t)}
	tasks[1].Examples = tasks[1].Examples[1:]
	inRanks(t, 2, func(rank int, world *libtorch.Group) error {
		return libtorch.Do(func(*libtorch.Scope) error {
			r := &Run{Task: tasks[rank], Folder: FollowFolder("", []byte("same")), Options: LoopOptions{World: world}}
			if err := r.sameData(); !errors.Is(err, ErrRanksDiffer) {
				return fmt.Errorf("other data: error %w", err)
			}
			l := &Loop{Optimizer: &Optimizer{}}
			if err := r.sameWeights(l); !errors.Is(err, ErrRanksDiffer) { // the heads are drawn one after the other
				return fmt.Errorf("other weights: error %w", err)
			}
			return nil
		})
	})
}

// Rank 0's validations end the run of all ranks.
func TestEarlyStoppingEndsAllRanks(t *testing.T) {
	steps := make([]int, 2)
	tasks := []*FilterTask{tinyFilter(t), tinyFilter(t)}
	inRanks(t, 2, func(rank int, world *libtorch.Group) error {
		tasks[rank].World = world
		return libtorch.Do(func(*libtorch.Scope) error {
			loop, err := NewLoop(tasks[rank], LoopOptions{Epochs: 3, Accumulation: 1, World: world, Optimizer: OptimizerOptions{LearningRate: 1e-5, Epsilon: 1e-8}})
			if err != nil {
				return err
			}
			defer loop.Close()
			v := &Validation{}
			loop.Add((&EarlyStopping{Validation: v, Patience: 2}).Hook(), Hook{Name: "validation", Priority: ValidationPriority,
				Step: func(_ context.Context, _ *Loop, step Step) error {
					if rank == 0 && step.Step > 3 {
						v.WithoutImprovement++
					}
					return nil
				}})
			err = loop.Run(t.Context())
			steps[rank] = loop.Position.Step
			return err
		})
	})
	if steps[0] != 5 || steps[1] != 5 {
		t.Errorf("ended after steps %v, want 5", steps)
	}
}
