package train

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"skillspace/checkpoints"
	"skillspace/internal/libtorch"
)

// Measurer measures the model on held-out data. The metrics are named; larger is better for the one that chooses the best
// checkpoint.
type Measurer interface {
	Measure(ctx context.Context) (map[string]float64, error)
}

// Calibrator is a Measurer that also fits values which a checkpoint holds, such as a filter's threshold.
type Calibrator interface {
	Measurer
	// Describe writes the values of the newest measurement into a checkpoint's manifest.
	Describe(m *checkpoints.Manifest)
	// Improved is called after a step whose measurement is the best one so far and was saved.
	Improved(step int)
	// Resume reads the values from the checkpoint that a run resumes from.
	Resume(m *checkpoints.Manifest)
}

// Run is a training with everything around the loop: validation, the hooks that settings ask for, checkpoints and resuming.
type Run struct {
	Folder    *Folder
	Title     string // shown with the progress
	Task      Task
	Options   LoopOptions
	Manifest  checkpoints.Manifest // what every checkpoint says: kind, model and data
	Encoder   string               // folder of the pretrained encoder, whose config.json the checkpoints hold
	Tokenizer []string             // files of the tokenizer, which the checkpoints hold

	Measurer      Measurer
	BestMetric    string  // chooses the best checkpoint; larger is better
	ValidateEvery int     // steps between validations; 0 for the end of each epoch only
	Patience      int     // validations without improvement that end the run; 0 for never
	EMADecay      float64 // of the averaged weights that are measured and saved as best; 0 for none
	SaveEvery     int     // steps between checkpoints; 0 for the end of each epoch only
	Keep          int     // newest checkpoints step-N that stay

	Mining *Mining // nil for in-batch negatives alone
	// Watch adds the hooks that record the run. It is called when the loop has the position at which training begins or resumes.
	Watch func(l *Loop, v *Validation) error
}

// Execute trains to the end, or until ctx is cancelled, and returns the validation's last state. It must be called inside
// [libtorch.Do].
func (r *Run) Execute(ctx context.Context) (*Validation, error) {
	loop, err := NewLoop(r.Task, r.Options)
	if err != nil {
		return nil, err
	}
	defer loop.Close()
	validation := &Validation{Every: r.ValidateEvery, Metric: r.BestMetric, Measure: r.Measurer.Measure}
	average, err := r.addHooks(loop, validation)
	if err != nil {
		return nil, err
	}
	if average != nil {
		defer average.Close()
	}
	if err := r.restore(loop, validation); err != nil { // of the loop and of all hooks so far
		return nil, err
	}
	if err := r.share(loop); err != nil {
		return nil, err
	}
	if r.Mining != nil {
		if err := r.Mining.Begin(ctx, loop); err != nil {
			return nil, err
		}
	}
	if !r.leads() {
		return validation, loop.Run(ctx)
	}
	if r.Watch != nil {
		if err := r.Watch(loop, validation); err != nil {
			return nil, err
		}
	}
	r.addSaving(loop, validation)
	return validation, loop.Run(ctx)
}

// addHooks adds the hooks that measure and that have a state.
func (r *Run) addHooks(l *Loop, v *Validation) (average *Average, err error) {
	if r.EMADecay > 0 && r.leads() {
		if average, err = NewAverage(r.Task.ParameterGroups(), r.EMADecay); err != nil {
			return nil, err
		}
		v.Within = average.Within
		l.Add(average.Hook())
	}
	if r.Patience > 0 {
		l.Add((&EarlyStopping{Validation: v, Patience: r.Patience}).Hook())
	}
	if r.Mining != nil {
		l.Add(r.Mining.Hook())
	}
	l.Add(r.watchWeights())
	if r.leads() {
		l.Add(v.Hook())
	}
	return average, nil
}

// addSaving saves the best checkpoint at validations and the others when they are due, and shows the progress.
func (r *Run) addSaving(l *Loop, v *Validation) {
	v.Improved = func(l *Loop, step int, _ map[string]float64) error {
		err := r.save(l, v, r.Folder.Checkpoint("best"), false)
		if calibrator, ok := r.Measurer.(Calibrator); ok && err == nil {
			calibrator.Improved(step)
		}
		return err
	}
	saving := &Checkpointing{Folder: r.Folder.Checkpoint(""), Every: r.SaveEvery, Keep: r.Keep,
		Save: func(l *Loop, dir string) error { return r.save(l, v, dir, true) }}
	l.Add(saving.Hook(), Progress(r.Title))
}

// restore reads weights, moments, generator and position from the checkpoint that the run resumes from.
func (r *Run) restore(l *Loop, v *Validation) error {
	m := r.Folder.Resume
	if m == nil {
		return nil
	}
	last := r.Folder.Checkpoint("last")
	if err := r.sameRanks(last, m.Training.Ranks); err != nil {
		return err
	}
	if err := checkpoints.Resume(last, r.Task.ParameterGroups(), l.Restore); err != nil {
		return err
	}
	state := m.Training
	l.Position = Position{Epoch: state.Epoch, Batch: state.Batch, Step: state.Step}
	v.Best, v.BestStep, v.Last = state.Best, state.BestStep, m.Metrics
	if len(state.Pending) > 0 {
		l.Pending = &Step{}
		if err := json.Unmarshal(state.Pending, l.Pending); err != nil {
			return fmt.Errorf("resume from %s: pending step: %w", last, err)
		}
	}
	if calibrator, ok := r.Measurer.(Calibrator); ok {
		calibrator.Resume(m)
	}
	slog.Info("resumed", "step", state.Step, "of", l.TotalSteps())
	return libtorch.SetGeneratorState(state.Generator)
}

// save writes a checkpoint. A resumable one also holds the optimiser's and the hooks' state.
func (r *Run) save(l *Loop, v *Validation, dir string, resumable bool) error {
	m := r.Manifest
	m.Step, m.Metrics = l.Position.Step, v.Last
	if calibrator, ok := r.Measurer.(Calibrator); ok {
		calibrator.Describe(&m)
	}
	content := checkpoints.Content{Groups: r.Task.ParameterGroups(), Config: r.Encoder, Tokenizer: r.Tokenizer}
	if resumable {
		var err error
		if m.Training, err = r.state(l, v); err != nil {
			return err
		}
		content.Optimizer = l.State
	}
	content.Manifest = m
	return checkpoints.Save(dir, content)
}

// state is what a resumed run needs in addition to weights and moments.
func (r *Run) state(l *Loop, v *Validation) (*checkpoints.State, error) {
	generator, err := libtorch.GeneratorState()
	if err != nil {
		return nil, err
	}
	p := l.Position
	state := &checkpoints.State{Epoch: p.Epoch, Batch: p.Batch, Step: p.Step, Best: v.Best, BestStep: v.BestStep,
		Generator: generator, Config: r.Folder.hash}
	if !r.Options.World.Alone() {
		state.Ranks = r.Options.World.Size()
	}
	if l.Pending != nil {
		state.Pending, err = json.Marshal(l.Pending)
	}
	return state, err
}
