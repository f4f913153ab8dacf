package train

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"skillspace/internal/libtorch"
)

// probe is a task around the tiny filter's; its functions may be nil.
type probe struct {
	*FilterTask
	prepare    func(at Position) error
	accumulate func(at Position)
}

type probed struct {
	Batch
	at   Position
	task *probe
}

func (p *probe) Prepare(examples []int, at Position) (Batch, error) {
	b, err := p.FilterTask.Prepare(examples, at)
	if err == nil && p.prepare != nil {
		err = p.prepare(at)
	}
	return &probed{b, at, p}, err
}

func (p *probed) Accumulate(scale float64) (float64, error) {
	if p.task.accumulate != nil {
		p.task.accumulate(p.at)
	}
	return p.Batch.Accumulate(scale)
}

func runProbe(t *testing.T, p *probe, hooks ...Hook) error {
	t.Helper()
	p.FilterTask = tinyFilter(t)
	return libtorch.Do(func(*libtorch.Scope) error {
		loop, err := NewLoop(p, LoopOptions{Epochs: 2, Accumulation: 4, Optimizer: OptimizerOptions{LearningRate: 1e-5, Epsilon: 1e-8}})
		if err != nil {
			return err
		}
		defer loop.Close()
		loop.Add(hooks...)
		return loop.Run(t.Context())
	})
}

// While a batch trains, the next one must be prepared, also across the end of an epoch: Accumulate waits for it.
func TestTheNextBatchIsPreparedMeanwhile(t *testing.T) {
	const batches = 12 // 11 examples in twos, twice
	done := make(chan Position, batches)
	prepared, trained := 0, 0
	p := &probe{prepare: func(at Position) error { done <- at; return nil }}
	p.accumulate = func(at Position) {
		trained++
		for prepared < min(trained+1, batches) {
			select {
			case <-done:
				prepared++
			case <-time.After(10 * time.Second):
				t.Fatalf("while %+v trained, the next batch was not prepared", at)
			}
		}
	}
	if err := runProbe(t, p); err != nil {
		t.Fatal(err)
	}
	if trained != batches {
		t.Errorf("%d batches trained, want %d", trained, batches)
	}
}

// If a hook changes what Prepare reads, the very next batch must show the change. Each batch must be trained once.
func TestUnpreparedPreparesAnew(t *testing.T) {
	epochOf := 0 // what the hook changes and Prepare reads
	read := map[Position]int{}
	var trained []Position
	p := &probe{prepare: func(at Position) error { read[at] = epochOf; return nil }}
	p.accumulate = func(at Position) { trained = append(trained, at) }
	err := runProbe(t, p, Hook{Name: "change", Step: func(_ context.Context, l *Loop, step Step) error {
		return l.Unprepared(func() error { epochOf = step.Step; return nil })
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range trained {
		if read[at] != at.Step {
			t.Errorf("%+v was prepared with the state after step %d", at, read[at])
		}
	}
	if len(trained) != 12 {
		t.Errorf("%d batches trained, want 12", len(trained))
	}
}

func TestPreparingFails(t *testing.T) {
	broken := errors.New("broken")
	at := Position{Epoch: 1, Batch: 2, Step: 2}
	for want, prepare := range map[string]func() error{
		"step 3: broken":                 func() error { return broken },
		"step 3: prepare batch: a panic": func() error { panic("a panic") },
	} {
		trained := 0
		p := &probe{prepare: func(p Position) error {
			if p == at {
				return prepare()
			}
			return nil
		}, accumulate: func(Position) { trained++ }}
		if err := runProbe(t, p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
		if trained != 8 {
			t.Errorf("%d batches trained before %q, want 8", trained, want)
		}
	}
}
