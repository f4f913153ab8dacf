package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"skillspace/internal/command"
)

// child is one process to measure.
type child struct {
	name    string
	command []string
	env     []string // beside the environment
	// watch, where it is set, is called every few milliseconds while the process runs, and once when it has ended.
	watch func(now time.Time) (done bool, err error)
	// interrupt ends the process gently, by SIGINT, when watch is done: it would go on with what is not measured.
	interrupt bool
	// server says that the process runs until it is interrupted, and that how it then ends says nothing: what was asked of it is answered,
	// and one that does not end is killed.
	server bool
	// started, where it is set, is told the process's number when it runs.
	started func(pid int)
}

// finished is what is known of a process that has ended.
type finished struct {
	stdout []byte
	began  time.Time
	wall   time.Duration
	peak   int64 // bytes resident at most
}

const (
	pollEvery  = 3 * time.Millisecond   // the stopwatch's resolution; a training step takes hundreds
	checkEvery = 100 * time.Millisecond // memory
	leaveFree  = 512 << 20              // bytes: below it a child is stopped before the kernel picks a victim
	tailLines  = 15
	stopWithin = 10 * time.Second // a server that is interrupted
)

var errMemory = errors.New("stopped because the machine ran out of memory")

// run starts the process and returns when it has ended. A process that fails is named with the end of its stderr.
func (c *child) run(ctx context.Context) (*finished, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, c.command[0], c.command[1:]...)
	cmd.Env = append(os.Environ(), c.env...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C reaches it through ctx only
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", c.name, err)
	}
	if c.started != nil {
		c.started(cmd.Process.Pid)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	highWater, stopped, watchErr := c.follow(cmd.Process, ended)
	f := &finished{stdout: stdout.Bytes(), began: began, wall: time.Since(began), peak: highWater}
	if f.peak == 0 { // no /proc
		f.peak = cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
	}
	interrupted := stopped && c.interrupt && (c.server || cmd.ProcessState.ExitCode() == command.ExitInterrupted)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case watchErr != nil:
		return nil, fmt.Errorf("%s: %w", c.name, watchErr)
	case !cmd.ProcessState.Success() && !interrupted, c.server && !stopped:
		return nil, fmt.Errorf("%s: %s: %s", c.name, cmd.ProcessState, tail(stderr.String()))
	}
	return f, nil
}

// follow polls the process until it has ended. It returns its high-water mark of resident memory: rusage's would start at
// this process's own, which a child inherits when it is forked.
func (c *child) follow(p *os.Process, ended <-chan error) (highWater int64, stopped bool, err error) {
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	var checked time.Time
	var kill *time.Timer // set once the process was asked to stop
	for {
		select {
		case <-ended: //nolint:errcheck // run reads the exit status from the process
			if kill != nil {
				kill.Stop()
			}
			if c.watch != nil && !stopped && err == nil {
				stopped, err = c.watch(time.Now())
			}
			return highWater, stopped, err
		case now := <-poll.C:
			if now.Sub(checked) > checkEvery {
				checked = now
				highWater = max(highWater, statusBytes(fmt.Sprintf("/proc/%d/status", p.Pid), "VmHWM:"))
				if free := statusBytes("/proc/meminfo", "MemAvailable:"); free > 0 && free < leaveFree && err == nil {
					err = errMemory
					_ = p.Kill() // it may have ended by itself
				}
			}
			if c.watch == nil || stopped || err != nil {
				continue
			}
			if stopped, err = c.watch(now); err != nil {
				_ = p.Kill()
			} else if stopped && c.interrupt {
				_ = p.Signal(os.Interrupt)
				if c.server {
					kill = time.AfterFunc(stopWithin, func() { _ = p.Kill() })
				}
			}
		}
	}
}

// statusBytes returns a line "Key:  123 kB" of a file below /proc in bytes, 0 where there is none.
func statusBytes(path, key string) int64 {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	_, rest, found := strings.Cut(string(text), key)
	if !found {
		return 0
	}
	kilobytes, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		return 0
	}
	return kilobytes << 10
}

// tail returns the last lines of what a process said.
func tail(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-tailLines):], "\n")
}

// answer reads the last line of stdout, a worker's JSON, into v.
func (f *finished) answer(v any) error {
	lines := bytes.Split(bytes.TrimSpace(f.stdout), []byte("\n"))
	if err := json.Unmarshal(lines[len(lines)-1], v); err != nil {
		return fmt.Errorf("a worker's answer %q: %w", lines[len(lines)-1], err)
	}
	return nil
}

// environment is what every side runs in.
func (o *options) environment() []string {
	env := []string{"OMP_WAIT_POLICY=" + o.WaitPolicy, "HF_HUB_OFFLINE=1", "PYTHONDONTWRITEBYTECODE=1"}
	if o.Threads > 0 {
		env = append(env, fmt.Sprintf("OMP_NUM_THREADS=%d", o.Threads))
	}
	return env
}

// self is a worker of this program.
func (b *bench) self(name string, args ...string) *child {
	return &child{name: name, env: b.environment(), command: append([]string{b.executable}, args...)}
}

// scripts holds the peers' workers.
const scripts = "scripts/bench"

// script is a peer's worker.
func (o *options) script(name, file string, args ...string) *child {
	return &child{name: name, env: o.environment(), command: append([]string{o.Python, filepath.Join(scripts, file)}, args...)}
}
