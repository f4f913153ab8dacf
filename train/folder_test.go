package train

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/internal/atomicfile"
	"skillspace/internal/usage"
)

// A run's folder has one writer at a time.
func TestFolderHasOneWriter(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	first, err := OpenFolder(dir, []byte("seed: 1"), false)
	if err != nil {
		t.Fatal(err)
	}
	var wrong *usage.Error
	for _, resume := range []bool{false, true} {
		_, err := OpenFolder(dir, []byte("seed: 1"), resume)
		if !errors.Is(err, atomicfile.ErrLocked) || !errors.As(err, &wrong) || !strings.Contains(err.Error(), "run.dir: "+dir+": another process writes to this folder (process ") {
			t.Errorf("a second writer, resume %v: %v", resume, err)
		}
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := OpenFolder(dir, []byte("seed: 1"), true)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}
