package trainer

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"skillspace/checkpoints"
	"skillspace/config"
)

// The fault tests run the real commands, because a signal or a full disk meets a whole process. They take minutes:
//
//	make kill-tests
//	go test ./cmd/internal/trainer -run 'Killed|CtrlC|FullDisk|ResidentMemory' -args -kill
var killTests = flag.Bool("kill", false, "run the tests that kill and interrupt real commands, fill their disk and watch their memory")

// faultTest skips a fault test unless it is asked for.
func faultTest(t *testing.T) {
	t.Helper()
	if !*killTests {
		t.Skip("this test takes minutes; make kill-tests runs it")
	}
}

var commands struct {
	sync.Mutex
	folder string
	built  map[string]string
}

func TestMain(m *testing.M) {
	status := m.Run()
	if commands.folder != "" {
		os.RemoveAll(commands.folder)
	}
	os.Exit(status)
}

// built returns the path of a command, which is built once.
func built(t *testing.T, name string) string {
	t.Helper()
	commands.Lock()
	defer commands.Unlock()
	if path, done := commands.built[name]; done {
		return path
	}
	if commands.folder == "" {
		folder, err := os.MkdirTemp("", "trainer-test")
		if err != nil {
			t.Fatal(err)
		}
		commands.folder, commands.built = folder, map[string]string{}
	}
	path := filepath.Join(commands.folder, name)
	if out, err := exec.Command("go", "build", "-o", path, "skillspace/cmd/"+name).CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", name, err, out)
	}
	commands.built[name] = path
	return path
}

// workplace is a folder in which a command trains into "run". The run's name is relative, so two workplaces hold the same bytes.
type workplace struct {
	name    string // of the command
	folder  string
	program string
}

// fastFolder returns a folder in memory if the system has one. A killed process loses no write there, and flushing costs nothing.
func fastFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("/dev/shm", "trainer-test")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	return folder
}

// newWorkplace writes schema as the run's configuration. Its paths must be absolute, except run.dir, which must be "run".
func newWorkplace(t *testing.T, name, folder string, schema config.Schema) *workplace {
	t.Helper()
	text, err := config.Dump(schema)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "train.yaml"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	return &workplace{name, folder, built(t, name)}
}

func (w *workplace) run() string         { return filepath.Join(w.folder, "run") }
func (w *workplace) checkpoints() string { return filepath.Join(w.run(), "checkpoints") }

// process is a running command.
type process struct {
	*exec.Cmd
	stderr *output
	ended  chan struct{}
}

// start starts or resumes training, with some variables added to the environment.
func (w *workplace) start(t *testing.T, resume bool, environment ...string) *process {
	t.Helper()
	args := []string{"--config", "train.yaml"}
	if resume {
		args = append(args, "--resume")
	}
	p := &process{exec.Command(w.program, args...), &output{}, make(chan struct{})}
	p.Dir, p.Stderr, p.Env = w.folder, p.stderr, append(os.Environ(), environment...)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = p.Wait(); close(p.ended) }()
	t.Cleanup(func() {
		_ = p.Process.Kill()
		<-p.ended
	})
	return p
}

// finish waits for the end and checks the exit status.
func (p *process) finish(t *testing.T, status int) {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(2 * time.Minute):
		t.Fatalf("the command does not end; stderr:\n%s", p.stderr)
	}
	if got := p.ProcessState.ExitCode(); got != status {
		t.Fatalf("exit status %d (%v), want %d; stderr:\n%s", got, p.ProcessState, status, p.stderr)
	}
}

// await polls until done returns true. It returns false if the process ends before.
func (p *process) await(t *testing.T, done func() bool) bool {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(100 * time.Microsecond) {
		select {
		case <-p.ended:
			return false
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("what is waited for does not come; stderr:\n%s", p.stderr)
		}
	}
	return true
}

// output collects what a process writes while others read it.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// steps returns the steps that a run has recorded.
func (w *workplace) steps() int {
	text, _ := os.ReadFile(filepath.Join(w.run(), "metrics.jsonl"))
	return bytes.Count(text, []byte(`"loss":`))
}

// verified checks every checkpoint of a run and returns the step of `last`, 0 if there is none.
func (w *workplace) verified(t *testing.T) (last int) {
	t.Helper()
	entries, err := os.ReadDir(w.checkpoints())
	if errors.Is(err, fs.ErrNotExist) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		m, err := checkpoints.Verify(filepath.Join(w.checkpoints(), e.Name()))
		if err != nil {
			t.Errorf("%s: %v", e.Name(), err)
		} else if e.Name() == "last" {
			last = m.Step
		}
	}
	return last
}

// pending returns the names of unfinished saves.
func (w *workplace) pending() []string {
	names, _ := filepath.Glob(filepath.Join(w.checkpoints(), ".*.tmp-*"))
	return names
}

// wantSameRun compares two runs' configurations, metrics without times, and checkpoints, bit for bit.
func wantSameRun(t *testing.T, want, got string) {
	t.Helper()
	a, b := runFiles(t, want), runFiles(t, got)
	for name, content := range a {
		if other, found := b[name]; !found {
			t.Errorf("%s is missing", name)
		} else if content != other {
			t.Errorf("%s differs from the uninterrupted run's%s", name, firstDifference(name, content, other))
		}
	}
	for name := range b {
		if _, found := a[name]; !found {
			t.Errorf("%s is too much", name)
		}
	}
}

// firstDifference quotes the first lines of metrics.jsonl that differ.
func firstDifference(name, want, got string) string {
	if name != "metrics.jsonl" {
		return ""
	}
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf(":\n%s\nwant\n%s", b[i], a[i])
		}
	}
	return fmt.Sprintf(": %d lines, want %d", len(b), len(a))
}

func runFiles(t *testing.T, run string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(run, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(run, path)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		switch {
		case name == "metrics.jsonl":
			files[name] = withoutClock(t, content)
		case name == "config.yaml", strings.HasPrefix(name, "checkpoints"):
			files[name] = string(content)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// withoutClock drops from metrics.jsonl what depends on the time of day.
func withoutClock(t *testing.T, text []byte) string {
	t.Helper()
	var lines []string
	for line := range bytes.Lines(text) {
		var record map[string]json.RawMessage
		if err := json.Unmarshal(line, &record); err != nil {
			t.Fatalf("metrics.jsonl: %v in %q", err, line)
		}
		delete(record, "examples_per_second")
		delete(record, "elapsed_seconds")
		kept, err := json.Marshal(record) // keys in order
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(kept))
	}
	return strings.Join(slices.Clip(lines), "\n")
}
