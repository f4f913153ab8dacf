package trainer

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"skillspace/checkpoints"
	"skillspace/config"
	"skillspace/internal/libtorch"
)

// startRanks starts or resumes training in several processes, as a launcher would.
func (w *workplace) startRanks(t *testing.T, size int, resume bool) []*process {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	all := make([]*process, size)
	for rank := range all {
		all[rank] = w.start(t, resume, fmt.Sprint("RANK=", rank), fmt.Sprint("WORLD_SIZE=", size), fmt.Sprint("LOCAL_RANK=", rank),
			"MASTER_ADDR=127.0.0.1", fmt.Sprint("MASTER_PORT=", port), "SKILLSPACE_RANK_TIMEOUT=1m")
	}
	return all
}

func finishRanks(t *testing.T, all []*process) {
	t.Helper()
	for _, p := range all {
		p.finish(t, 0)
	}
}

// rankTraining is a bi-encoder's configuration with every part that ranks must agree on, in few steps.
func rankTraining(t *testing.T) *config.TrainBiencoder {
	cfg := faultBiEncoder(t, writeCorpus(t))
	cfg.Train.MaxSteps = 10
	everyOption(cfg)
	cfg.Negatives.MineEverySteps = 4
	return cfg
}

// Two processes train, and the run is resumed with the same bits after the death of either, or Ctrl-C. A process that loses the
// other one ends with an error. One process can load the result. It cannot continue the run, and says so.
func TestTwoProcessesTrain(t *testing.T) {
	cfg := rankTraining(t)
	whole := newWorkplace(t, "train-biencoder", fastFolder(t), cfg)
	both := whole.startRanks(t, 2, false)
	finishRanks(t, both)
	if text := both[1].stderr.String(); text != "" {
		t.Errorf("rank 1 logs %q", text)
	}
	for victim := range 2 {
		w := newWorkplace(t, "train-biencoder", fastFolder(t), cfg)
		all := w.startRanks(t, 2, false)
		if !all[0].await(t, func() bool { return w.steps() >= 3 }) || !all[victim].kill(t) {
			t.Fatalf("rank %d was not killed in the middle; rank 0 wrote\n%s", victim, all[0].stderr)
		}
		all[1-victim].finish(t, 1)
		if text := all[1-victim].stderr.String(); !strings.Contains(text, "process group") {
			t.Errorf("the rank that is left says %q", text)
		}
		w.verified(t)
		finishRanks(t, w.startRanks(t, 2, true))
		wantSameRun(t, whole.run(), w.run())
	}
	stopOneRank(t, whole, cfg)
	loaded, _, err := checkpoints.LoadBiEncoder(filepath.Join(whole.checkpoints(), "best"), libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	loaded.Close()
	alone := whole.start(t, true)
	alone.finish(t, 2)
	if text := alone.stderr.String(); !strings.Contains(text, "was trained by 2 processes, and there are 1 now") {
		t.Errorf("resumed by one process: %q", text)
	}
}

func TestTwoProcessesTrainAFilter(t *testing.T) {
	cfg := faultFilter(t, writeCorpus(t))
	cfg.Train.MaxSteps = 8
	whole, again := newWorkplace(t, "train-filter", fastFolder(t), cfg), newWorkplace(t, "train-filter", fastFolder(t), cfg)
	finishRanks(t, whole.startRanks(t, 2, false))
	finishRanks(t, again.startRanks(t, 2, false))
	wantSameRun(t, whole.run(), again.run())
}

// A rank that waits for others stops at once.
func TestCtrlCWhileRanksJoin(t *testing.T) {
	w := newWorkplace(t, "train-biencoder", fastFolder(t), rankTraining(t))
	p := w.start(t, false, "RANK=0", "WORLD_SIZE=2", "MASTER_ADDR=127.0.0.1", "MASTER_PORT=29517")
	p.await(t, func() bool { return strings.Contains(p.stderr.String(), "waiting for the other processes") })
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.finish(t, 130)
}

// stopOneRank sends Ctrl-C to rank 1 alone. Both ranks must stop after the same step, rank 0 must save, and the run must be resumed
// with the same bits.
func stopOneRank(t *testing.T, whole *workplace, cfg *config.TrainBiencoder) {
	t.Helper()
	w := newWorkplace(t, "train-biencoder", fastFolder(t), cfg)
	all := w.startRanks(t, 2, false)
	if !all[0].await(t, func() bool { return w.steps() >= 3 }) {
		t.Fatal("the run ended too soon")
	}
	if err := all[1].Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	all[1].finish(t, 130)
	all[0].finish(t, 1)
	if text := all[0].stderr.String(); !strings.Contains(text, "rank 1 was told to stop") {
		t.Errorf("rank 0 says %q", text)
	}
	finishRanks(t, w.startRanks(t, 2, true))
	wantSameRun(t, whole.run(), w.run())
}

// TestRankDeathsEndBitIdentical (make rank-kill-tests) kills each of two ranks at random moments. A launcher would end the other one and start both
// again, as this test does.
func TestRankDeathsEndBitIdentical(t *testing.T) {
	if !*killTests {
		t.Skip("this test takes minutes; make rank-kill-tests runs it")
	}
	cfg := rankTraining(t)
	cfg.Train.MaxSteps = 30
	whole := newWorkplace(t, "train-biencoder", fastFolder(t), cfg)
	began := time.Now()
	finishRanks(t, whole.startRanks(t, 2, false))
	length := time.Since(began)
	random := rand.New(rand.NewPCG(4, 2))
	killed := make([]int, 2)
	for slices.Min(killed) < 20 {
		w := newWorkplace(t, "train-biencoder", fastFolder(t), cfg)
		victim := 0
		if killed[1] < killed[0] {
			victim = 1
		}
		all := w.startRanks(t, 2, false)
		time.Sleep(time.Duration(random.Float64() * float64(length)))
		if all[victim].kill(t) {
			killed[victim]++
		}
		_ = all[1-victim].Process.Signal(syscall.SIGTERM)
		<-all[1-victim].ended
		last, steps := w.verified(t), w.steps()
		finishRanks(t, w.startRanks(t, 2, true))
		wantSameRun(t, whole.run(), w.run())
		if t.Failed() {
			t.Fatalf("kill of rank %d at step %d with a checkpoint of step %d", victim, steps, last)
		}
		if err := os.RemoveAll(w.folder); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("kills %v; a whole run took %v", killed, length)
}

var torchrun = flag.String("torchrun", "", "path of torchrun, for the test that runs the trainer under it")

// TestUnderTorchrun kills one of two ranks that torchrun has started, each in turn. torchrun starts both again, on another port, and
// the run must end with the bits of an undisturbed one.
func TestUnderTorchrun(t *testing.T) {
	if *torchrun == "" {
		t.Skip("this test needs torchrun, which comes with PyTorch: make rank-kill-tests TORCHRUN=/path/to/torchrun")
	}
	cfg := rankTraining(t)
	cfg.Train.MaxSteps = 30
	whole := newWorkplace(t, "train-biencoder", fastFolder(t), cfg)
	finishRanks(t, whole.startRanks(t, 2, false))
	random := rand.New(rand.NewPCG(5, 2))
	for kill := range 20 {
		w := newWorkplace(t, "train-biencoder", fastFolder(t), cfg)
		p := w.startTorchrun(t)
		victim, step := kill%2, 1+random.IntN(15)
		if !p.await(t, func() bool { return w.steps() >= step }) {
			t.Fatalf("the run ended before step %d; stderr:\n%s", step, p.stderr)
		}
		if err := rankOf(t, p.Process.Pid, victim).Kill(); err != nil {
			t.Fatal(err)
		}
		p.finish(t, 0)
		wantSameRun(t, whole.run(), w.run())
		if !strings.Contains(p.stderr.String(), "resumed") {
			t.Errorf("the run was not started again: %s", p.stderr)
		}
		if t.Failed() {
			t.Fatalf("kill %d, of rank %d at step %d", kill+1, victim, step)
		}
	}
}

func (w *workplace) startTorchrun(t *testing.T) *process {
	t.Helper()
	p := &process{exec.Command(*torchrun, "--standalone", "--nnodes", "1", "--nproc-per-node", "2", "--max-restarts", "2", "--no-python",
		w.program, "--config", "train.yaml", "--resume"), &output{}, make(chan struct{})}
	p.Dir, p.Stderr, p.Env = w.folder, p.stderr, append(os.Environ(), "TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1")
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = p.Wait(); close(p.ended) }()
	t.Cleanup(func() {
		_ = p.Process.Signal(syscall.SIGTERM) // torchrun ends its processes
		<-p.ended
	})
	return p
}

// rankOf returns the process that a launcher has given a rank.
func rankOf(t *testing.T, launcher, rank int) *os.Process {
	t.Helper()
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", launcher, launcher))
	if err != nil {
		t.Fatal(err)
	}
	for child := range strings.FieldsSeq(string(children)) {
		environment, _ := os.ReadFile("/proc/" + child + "/environ")
		if !slices.Contains(strings.Split(string(environment), "\x00"), fmt.Sprint("RANK=", rank)) {
			continue
		}
		var pid int
		if _, err := fmt.Sscan(child, &pid); err != nil {
			t.Fatal(err)
		}
		process, err := os.FindProcess(pid)
		if err != nil {
			t.Fatal(err)
		}
		return process
	}
	t.Fatalf("the launcher's processes %s are not rank %d", children, rank)
	return nil
}
