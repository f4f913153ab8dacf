package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"skillspace/internal/atomicfile"
	"skillspace/internal/chart"
)

// doneFile marks the folder of a finished step. It is written last.
const doneFile = "done.json"

// done is the content of doneFile.
type done struct {
	Command []string `json:"command"`
	Seconds float64  `json:"seconds"`
}

// firstGuess is the time of a step of each kind over all of ESCO on two cores, in seconds. Finished steps replace it.
var firstGuess = map[string]float64{"corpus": 20, "biencoder": 500, "filter": 330, "evaluate": 150, "remove": 0}

// sampleGuess is the same over the sample ontology.
var sampleGuess = map[string]float64{"corpus": 1, "biencoder": 20, "filter": 20, "evaluate": 4, "remove": 0}

// runner runs steps as processes.
type runner struct {
	folder string
	bin    string
	out    io.Writer
	guess  map[string]float64
}

// describe prints what will be done and how long that takes.
func (r *runner) describe(e Experiment, steps []Step) {
	r.guess = firstGuess
	if strings.HasPrefix(e.Taxonomy, "examples/") {
		r.guess = sampleGuess
	}
	count := map[string]int{}
	for _, s := range steps {
		count[s.Kind]++
	}
	fmt.Fprintf(r.out, "%s: %s\n", e.Name, e.Shown)
	fmt.Fprintf(r.out, "corpora: %d, bi-encoders: %d, filters: %d, evaluations: %d; seeds %s; folder %s\n", count["corpus"], count["biencoder"], count["filter"], count["evaluate"], seedList(e.Seeds), r.folder)
	for _, line := range e.leftOut() {
		fmt.Fprintln(r.out, line)
	}
	left := r.remaining(steps)
	fmt.Fprintf(r.out, "%d of %d steps are done; the others take about %s on two idle cores\n", r.finished(steps), len(steps), chart.Duration(left))
	if err := e.check(); err != nil {
		fmt.Fprintln(r.out, err)
	}
}

func seedList(seeds []int) string {
	return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(seeds)), ", "), "[]")
}

func (r *runner) finished(steps []Step) int {
	n := 0
	for _, s := range steps {
		if r.isDone(s) {
			n++
		}
	}
	return n
}

// remaining guesses the seconds of the steps that are not done. A kind of step takes as long as the mean of its finished
// steps.
func (r *runner) remaining(steps []Step) float64 {
	sum, count := map[string]float64{}, map[string]float64{}
	for _, s := range steps {
		if d, err := readDone(s); err == nil {
			sum[s.Kind] += d.Seconds
			count[s.Kind]++
		}
	}
	var left float64
	for _, s := range steps {
		switch {
		case r.isDone(s):
		case count[s.Kind] > 0:
			left += sum[s.Kind] / count[s.Kind]
		default:
			left += r.guess[s.Kind]
		}
	}
	return left
}

func (r *runner) isDone(s Step) bool {
	if s.Remove != "" {
		_, err := os.Stat(s.Remove)
		return errors.Is(err, os.ErrNotExist)
	}
	_, err := readDone(s)
	return err == nil
}

func readDone(s Step) (done, error) {
	var d done
	data, err := os.ReadFile(filepath.Join(s.Folder, doneFile))
	if err != nil {
		return d, err
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return d, fmt.Errorf("%s: %w", filepath.Join(s.Folder, doneFile), err)
	}
	if !slices.Equal(d.Command, s.Command) {
		return d, fmt.Errorf("%s is of another command", filepath.Join(s.Folder, doneFile))
	}
	return d, nil
}

// runAll runs the steps that are not done. The run folder has one writer.
func (r *runner) runAll(ctx context.Context, steps []Step) error {
	if err := os.MkdirAll(r.folder, 0o755); err != nil {
		return err
	}
	lock, err := atomicfile.LockFolder(r.folder)
	if err != nil {
		return fmt.Errorf("%s: %w", r.folder, err)
	}
	defer lock.Close()
	for i, s := range steps {
		if r.isDone(s) {
			continue
		}
		fmt.Fprintf(r.out, "[%d of %d, %s left] %s\n", i+1, len(steps), chart.Duration(r.remaining(steps)), s.Title)
		if err := r.runStep(ctx, s); err != nil {
			return fmt.Errorf("step %d, %s: %w", i+1, s.Title, err)
		}
	}
	return nil
}

func (r *runner) runStep(ctx context.Context, s Step) error {
	if s.Remove != "" {
		return os.RemoveAll(s.Remove)
	}
	if err := os.MkdirAll(s.Folder, 0o755); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(s.Folder, "log.txt"))
	if err != nil {
		return err
	}
	defer log.Close()
	started := time.Now()
	if s.Stdout == "" {
		err = r.call(ctx, s, io.Discard, log)
	} else {
		err = atomicfile.Write(s.Stdout, func(w io.Writer) error { return r.call(ctx, s, w, log) })
	}
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(s.Folder, doneFile), func(w io.Writer) error {
		return json.NewEncoder(w).Encode(done{s.Command, time.Since(started).Seconds()})
	})
}

// call runs the command. When ctx ends, the command gets one SIGINT, so that a training run saves; it is killed if it has
// not ended after a minute. The terminal's own SIGINT does not reach it, since a second one would stop it at once. If
// this process is killed, the command is told to stop too: a thread that stays alive started it.
func (r *runner) call(ctx context.Context, s Step, stdout, log io.Writer) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, filepath.Join(r.bin, s.Command[0]), s.Command[1:]...)
	cmd.Stdout, cmd.Stderr = stdout, log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = time.Minute
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w\nthe command: %s\nits last lines, of %s:\n%s", err, strings.Join(s.Command, " "), filepath.Join(s.Folder, "log.txt"), tail(filepath.Join(s.Folder, "log.txt")))
	}
	return nil
}

// tail returns the last lines of a log.
func tail(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "\n")
}
