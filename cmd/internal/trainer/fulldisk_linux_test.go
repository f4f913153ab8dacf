package trainer

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"skillspace/checkpoints"
)

// smallDisk is a file system of a few megabytes that a test can fill.
type smallDisk struct{ folder string }

func newSmallDisk(t *testing.T) smallDisk {
	t.Helper()
	folder := t.TempDir()
	if err := unix.Mount("tmpfs", folder, "tmpfs", 0, "size=6m"); err != nil {
		t.Skipf("no file system can be mounted here to be filled: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(folder, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return smallDisk{folder}
}

func (d smallDisk) filler() string { return filepath.Join(d.folder, "filler") }

// fill leaves a number of bytes free, while a run may take and free space.
func (d smallDisk) fill(t *testing.T, free int64) {
	t.Helper()
	file, err := os.OpenFile(d.filler(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for err == nil {
		_, err = file.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Truncate(max(info.Size()-free, 0)); err != nil {
		t.Fatal(err)
	}
}

func (d smallDisk) free(t *testing.T) {
	t.Helper()
	if err := os.Remove(d.filler()); err != nil {
		t.Fatal(err)
	}
}

// lastStep is the step of the run's last checkpoint.
func (w *workplace) lastStep() int {
	if m, err := checkpoints.Peek(filepath.Join(w.checkpoints(), "last"), checkpoints.BiEncoder); err == nil {
		return m.Step
	}
	return 0
}

// TestFullDiskDuringRun fills the disk under a run. The run must continue, keep its last checkpoint, save again once there is space
// and, if it is interrupted on a full disk, say that it could not save. Resumed, it must end like a run without a full disk.
func TestFullDiskDuringRun(t *testing.T) {
	faultTest(t)
	disk := newSmallDisk(t)
	cfg := faultBiEncoder(t, writeCorpus(t))
	cfg.Train.MaxSteps, cfg.Train.Epochs, cfg.Train.ValidateEverySteps = 100, 20, 20
	whole := newWorkplace(t, "train-biencoder", fastFolder(t), cfg)
	whole.start(t, false).finish(t, 0)

	w := newWorkplace(t, "train-biencoder", disk.folder, cfg)
	p := w.start(t, false)
	p.await(t, func() bool { return w.lastStep() >= 4 })
	full := func() (last int) {
		t.Helper()
		told := strings.Count(p.stderr.String(), "checkpoint not saved")
		if !p.await(t, func() bool {
			disk.fill(t, 0)
			return strings.Count(p.stderr.String(), "checkpoint not saved") > told+1
		}) {
			t.Fatalf("the run ended on a full disk; stderr:\n%s", p.stderr)
		}
		return w.verified(t)
	}
	last := full()
	if text := p.stderr.String(); last < 4 || !strings.Contains(text, "level=ERROR") || !strings.Contains(text, "no space left on device") {
		t.Fatalf("last checkpoint of step %d; stderr:\n%s", last, text)
	}
	disk.free(t)
	if !p.await(t, func() bool { return w.lastStep() > last }) {
		t.Fatalf("the run ended without saving again; stderr:\n%s", p.stderr)
	}
	last = full()
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	p.finish(t, 1)
	if text := p.stderr.String(); !strings.Contains(text, "the training since the last checkpoint is lost") || strings.Contains(text, "continue with --resume") {
		t.Errorf("interrupted on a full disk; stderr:\n%s", text)
	}
	if again := w.verified(t); again != last {
		t.Errorf("the last checkpoint is of step %d, was of step %d", again, last)
	}
	disk.free(t)
	w.start(t, true).finish(t, 0)
	wantSameRun(t, whole.run(), w.run())
}

// TestFullDiskAtTheEnd: a run whose last save fails exits with an error that gives the reason.
func TestFullDiskAtTheEnd(t *testing.T) {
	faultTest(t)
	disk := newSmallDisk(t)
	cfg := faultBiEncoder(t, writeCorpus(t))
	cfg.Train.MaxSteps, cfg.Train.CheckpointEverySteps, cfg.Train.ValidateEverySteps = 5, 0, 0
	w := newWorkplace(t, "train-biencoder", disk.folder, cfg)
	disk.fill(t, 300<<10) // a checkpoint needs more
	p := w.start(t, false)
	p.finish(t, 1)
	text := strings.Split(strings.TrimSpace(p.stderr.String()), "\n")
	if line := text[len(text)-1]; !strings.HasPrefix(line, "train-biencoder: ") || !strings.Contains(line, "checkpoint not saved") || !strings.Contains(line, "no space left") {
		t.Errorf("stderr ends with %q", line)
	}
	if names := w.pending(); len(names) > 0 {
		t.Errorf("leftovers %v take space", names)
	}
	disk.free(t)
	w.start(t, true).finish(t, 0)
	if last := w.verified(t); last != 5 {
		t.Errorf("with space again the run ends at step %d, want 5", last)
	}
}
