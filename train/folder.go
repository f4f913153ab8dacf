package train

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"skillspace/checkpoints"
	"skillspace/internal/atomicfile"
	"skillspace/internal/usage"
)

// Folder is a run's folder and the checkpoint that the run resumes from.
type Folder struct {
	Dir    string
	Config []byte                // as resolved, in YAML
	Resume *checkpoints.Manifest // of the checkpoint `last`; nil for a run that starts
	hash   string                // of Config
	lock   *atomicfile.FolderLock
}

// OpenFolder prepares a run's folder and writes config into it. It refuses a folder that holds a run unless resume is set. It
// resumes a run only with the configuration that started it, because another one would not continue it exactly. The folder is
// locked until Close, because two processes that write to it would mix two runs.
func OpenFolder(dir string, config []byte, resume bool) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	lock, err := atomicfile.LockFolder(dir)
	if errors.Is(err, atomicfile.ErrLocked) {
		return nil, usage.Errorf("run.dir: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	f, err := openLocked(dir, config, resume)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	f.lock = lock
	return f, nil
}

// FollowFolder is OpenFolder for a rank above 0, which neither reads nor writes the folder.
func FollowFolder(dir string, config []byte) *Folder {
	sum := sha256.Sum256(config)
	return &Folder{Dir: dir, Config: config, hash: hex.EncodeToString(sum[:])}
}

// Close unlocks the folder.
func (f *Folder) Close() error {
	if f.lock == nil {
		return nil
	}
	return f.lock.Close()
}

func openLocked(dir string, config []byte, resume bool) (*Folder, error) {
	f := FollowFolder(dir, config)
	last := f.Checkpoint("last")
	if err := atomicfile.Recover(last); err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	_, err := os.Stat(last)
	exists := err == nil
	switch {
	case exists && !resume:
		return nil, usage.Errorf("run.dir: %s already holds a run; continue with --resume, or choose another folder (--set run.dir=...)", dir)
	case resume && exists:
		if f.Resume, err = f.verify(last); err != nil {
			return nil, err
		}
	case resume:
		slog.Info("nothing to resume yet, starting from the beginning", "run", dir)
	}
	if err := f.prepare(); err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	return f, nil
}

// prepare makes the folders, removes the leftovers of killed saves, which are as large as checkpoints, and writes the
// configuration.
func (f *Folder) prepare() error {
	if err := os.MkdirAll(f.Checkpoint(""), 0o755); err != nil {
		return err
	}
	for _, written := range []string{f.Dir, f.Checkpoint("")} {
		if err := atomicfile.Sweep(written); err != nil {
			return err
		}
	}
	return atomicfile.Write(filepath.Join(f.Dir, "config.yaml"), func(w io.Writer) error {
		_, err := io.Copy(w, bytes.NewReader(f.Config))
		return err
	})
}

func (f *Folder) verify(last string) (*checkpoints.Manifest, error) {
	m, err := checkpoints.Verify(last)
	if err != nil {
		if others := checkpoints.Intact(last); len(others) > 0 {
			return nil, fmt.Errorf("%w; intact beside it: %v (copy one to %s to continue from there)", err, others, last)
		}
		return nil, fmt.Errorf("%w; there is no intact one beside it", err)
	}
	if m.Training == nil {
		return nil, fmt.Errorf("checkpoint %s holds no optimiser state to resume from", last)
	}
	if m.Training.Config != f.hash {
		return nil, usage.Errorf("--resume: the configuration is not the one that %s was started with (see its config.yaml); "+
			"resume with the same values, or start another run", f.Dir)
	}
	return m, nil
}

// Checkpoint returns the folder of a checkpoint: `best`, `last` or `step-N`; "" for the folder of all of them.
func (f *Folder) Checkpoint(name string) string { return filepath.Join(f.Dir, "checkpoints", name) }
