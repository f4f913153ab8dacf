// Package trainer assembles a training run from its configuration: run folder, data, model, loop and hooks.
// It is the wiring that train-biencoder and train-filter share; what trains is package train.
package trainer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"skillspace/checkpoints"
	"skillspace/config"
	"skillspace/internal/atomicfile"
	"skillspace/internal/command"
	"skillspace/internal/libtorch"
	"skillspace/internal/progress"
	"skillspace/train"
	"skillspace/train/report"
)

// folder is a run's folder and what it resumes from.
type folder struct {
	dir    string
	config []byte                // resolved, as YAML
	hash   string                // of config
	resume *checkpoints.Manifest // nil for a fresh run
}

// openFolder prepares the run folder. A folder that holds a run is refused unless resume is set, and resuming demands
// the configuration that the run was started with: another one could not continue it exactly.
func openFolder(dir string, schema config.Schema, resume bool) (*folder, error) {
	text, err := config.Dump(schema)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	f := &folder{dir: dir, config: text, hash: hex.EncodeToString(sum[:])}
	last := f.checkpoint("last")
	if err := atomicfile.Recover(last); err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	_, err = os.Stat(last)
	exists := err == nil
	switch {
	case exists && !resume:
		return nil, command.Usagef("run.dir: %s already holds a run; go on with --resume, or choose another folder (--set run.dir=...)", dir)
	case resume && exists:
		if f.resume, err = f.verify(last); err != nil {
			return nil, err
		}
	case resume:
		slog.Info("nothing to resume yet, starting from the beginning", "run", dir)
	}
	if err := os.MkdirAll(filepath.Join(dir, "checkpoints"), 0o755); err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	for _, written := range []string{dir, f.checkpoint("")} { // a killed save is as large as a checkpoint
		if err := atomicfile.Sweep(written); err != nil {
			return nil, fmt.Errorf("run folder: %w", err)
		}
	}
	if err := atomicfile.Write(filepath.Join(dir, "config.yaml"), func(w io.Writer) error {
		_, err := io.Copy(w, bytes.NewReader(text))
		return err
	}); err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	return f, nil
}

func (f *folder) verify(last string) (*checkpoints.Manifest, error) {
	m, err := checkpoints.Verify(last)
	if err != nil {
		if others := checkpoints.Intact(last); len(others) > 0 {
			return nil, fmt.Errorf("%w; intact beside it: %v (copy one to %s to go on from there)", err, others, last)
		}
		return nil, fmt.Errorf("%w; no intact one is beside it to go on from", err)
	}
	if m.Training == nil {
		return nil, fmt.Errorf("checkpoint %s holds no optimiser state to resume from", last)
	}
	if m.Training.Config != f.hash {
		return nil, command.Usagef("--resume: the configuration is not the one that %s was started with (see its config.yaml); "+
			"resume with the same values, or start another run", f.dir)
	}
	return m, nil
}

func (f *folder) checkpoint(name string) string { return filepath.Join(f.dir, "checkpoints", name) }

// run is what both trainers hand to execute.
type run struct {
	folder     *folder
	task       train.Task
	options    train.Options
	train      config.Train
	manifest   checkpoints.Manifest // kind and model
	encoder    string               // folder of the pretrained encoder
	tokenizer  []string
	measure    func(ctx context.Context) (map[string]float64, error)
	beforeSave func(m *checkpoints.Manifest) // the filter's threshold and temperature
	restored   func(m *checkpoints.Manifest) // takes them back
	improved   func(step int)                // a validation was the best so far and is saved
	judgement  func() *report.Filter         // what the best validation of a filter showed
	title      string
	device     libtorch.Device
	precision  libtorch.DType
	data       dataFacts
	mining     *train.Mining // nil where there is none
}

// execute trains, inside libtorch.Do, and returns what the run ended with.
func (r *run) execute(ctx context.Context) (*train.Validation, error) {
	loop, err := train.NewLoop(r.task, r.options)
	if err != nil {
		return nil, err
	}
	defer loop.Close()
	validation := &train.Validation{Every: r.train.ValidateEverySteps, Metric: r.train.BestMetric, Measure: r.measure}
	if r.train.EMADecay > 0 {
		average, err := train.NewAverage(r.task.ParameterGroups(), r.train.EMADecay)
		if err != nil {
			return nil, err
		}
		defer average.Close()
		validation.Within = average.Within
		loop.Add(average.Hook())
	}
	if r.train.Patience > 0 {
		loop.Add((&train.EarlyStopping{Validation: validation, Patience: r.train.Patience}).Hook())
	}
	if r.mining != nil {
		loop.Add(r.mining.Hook())
	}
	loop.Add(validation.Hook())
	if err := r.restore(loop, validation); err != nil { // of the loop and of all hooks so far
		return nil, err
	}
	if r.mining != nil {
		if err := r.mining.Begin(ctx, loop); err != nil {
			return nil, err
		}
	}
	if err := r.watch(loop, validation); err != nil {
		return nil, err
	}
	validation.Improved = func(l *train.Loop, step int, _ map[string]float64) error {
		err := r.save(l, validation, r.folder.checkpoint("best"), false)
		if err == nil && r.improved != nil {
			r.improved(step)
		}
		return err
	}
	saving := &train.Checkpointing{Folder: filepath.Join(r.folder.dir, "checkpoints"), Every: r.train.CheckpointEverySteps,
		Keep: r.train.KeepCheckpoints, Save: func(l *train.Loop, dir string) error { return r.save(l, validation, dir, true) }}
	loop.Add(saving.Hook(), progressHook(r.title))
	return validation, loop.Run(ctx)
}

// restore puts weights, moments, generator and position back to those of the checkpoint that the run resumes from.
func (r *run) restore(l *train.Loop, v *train.Validation) error {
	m := r.folder.resume
	if m == nil {
		return nil
	}
	if err := checkpoints.Resume(r.folder.checkpoint("last"), r.task.ParameterGroups(), l.Restore); err != nil {
		return err
	}
	state := m.Training
	l.Position = train.Position{Epoch: state.Epoch, Batch: state.Batch, Step: state.Step}
	v.Best, v.BestStep, v.Last = state.Best, state.BestStep, m.Metrics
	if len(state.Pending) > 0 {
		l.Pending = &train.Step{}
		if err := json.Unmarshal(state.Pending, l.Pending); err != nil {
			return fmt.Errorf("resume from %s: pending step: %w", r.folder.checkpoint("last"), err)
		}
	}
	if r.restored != nil {
		r.restored(m)
	}
	slog.Info("resumed", "step", state.Step, "of", l.TotalSteps())
	return libtorch.SetGeneratorState(state.Generator)
}

func (r *run) save(l *train.Loop, v *train.Validation, dir string, resumable bool) error {
	m := r.manifest
	m.Step, m.Metrics, m.Data = l.Position.Step, v.Last, r.data.byName()
	if r.beforeSave != nil {
		r.beforeSave(&m)
	}
	content := checkpoints.Content{Groups: r.task.ParameterGroups(), Config: r.encoder, Tokenizer: r.tokenizer}
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

// state is what a resumed run needs beside weights and moments.
func (r *run) state(l *train.Loop, v *train.Validation) (*checkpoints.State, error) {
	generator, err := libtorch.GeneratorState()
	if err != nil {
		return nil, err
	}
	p := l.Position
	state := &checkpoints.State{Epoch: p.Epoch, Batch: p.Batch, Step: p.Step, Best: v.Best, BestStep: v.BestStep,
		Generator: generator, Config: r.folder.hash}
	if l.Pending != nil {
		state.Pending, err = json.Marshal(l.Pending)
	}
	return state, err
}

// progressHook shows loss, examples/s and the time left.
func progressHook(title string) train.Hook {
	var bar *progress.Bar
	var smooth float64
	var examples int
	var began time.Time
	return train.Hook{Name: "progress", Priority: train.ProgressPriority,
		Start: func(l *train.Loop) error {
			bar = progress.NewUnit(int64(l.TotalSteps()), title, "steps")
			bar.Add(l.Position.Step)
			began = time.Now()
			return nil
		},
		Step: func(_ context.Context, _ *train.Loop, step train.Step) error {
			if smooth == 0 {
				smooth = step.Loss
			}
			smooth = 0.95*smooth + 0.05*step.Loss
			examples += step.Examples
			bar.Describe(fmt.Sprintf("%s  loss %.3f  %.0f examples/s", title, smooth, float64(examples)/time.Since(began).Seconds()))
			bar.Add(1)
			return nil
		},
		End: func(*train.Loop, error) error { bar.Finish(); return nil },
	}
}

// prepare chooses device, threads and seed before the model is made.
func prepare(device string, r config.Run, precision string) (libtorch.Device, error) {
	chosen, err := libtorch.Choose(device)
	if err != nil {
		return chosen, command.Usage(err)
	}
	if precision == "fp16" && !chosen.IsCUDA() {
		return chosen, command.Usagef("train.precision: fp16 needs a CUDA device, and there is none; set it to bf16 or fp32")
	}
	if r.Threads > 0 {
		if err := libtorch.SetThreads(r.Threads); err != nil {
			return chosen, err
		}
	}
	if device == "auto" && !chosen.IsCUDA() {
		slog.Info("no CUDA device, training on the CPU", "threads", libtorch.Threads())
	}
	return chosen, libtorch.Seed(uint64(r.Seed))
}

// interrupted tells the user how to go on after Ctrl-C. A run that could not be saved is no longer a mere interruption.
func interrupted(err error, dir string) error {
	if errors.Is(err, context.Canceled) && errors.Is(err, train.ErrNotSaved) {
		return fmt.Errorf("stopped, but what was trained since the last checkpoint is lost: %s", err)
	}
	if errors.Is(err, context.Canceled) {
		slog.Info("stopped and saved; go on with --resume", "run", dir)
	}
	return libtorch.Advise(err, memoryAdvice)
}

// memoryAdvice names what a training step's memory grows with.
const memoryAdvice = "lower train.batch_size, batching.tokens or model.max_length, set train.precision: bf16, or, for a bi-encoder, train.chunk_size"
