package atomicfile

import (
	"os"
	"path/filepath"
	"testing"
)

// TestSweep: what a writer left pending goes, whatever merely looks like it stays.
func TestSweep(t *testing.T) {
	path := old(t)
	dir := filepath.Dir(path)
	pending, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	name := pending.file.Name()
	var folder string
	err = withTempName(filepath.Join(dir, "best"), func(name string) error { folder = name; return os.MkdirAll(filepath.Join(name, "sub"), 0o777) })
	if err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join(dir, ".notes.tmp-mine")
	if err := os.WriteFile(mine, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Sweep(dir); err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{name, folder} {
		if _, err := os.Stat(gone); !os.IsNotExist(err) {
			t.Errorf("%s is still there (%v)", gone, err)
		}
	}
	for _, kept := range []string{path, mine} {
		if _, err := os.Stat(kept); err != nil {
			t.Error(err)
		}
	}
	if err := Sweep(filepath.Join(dir, "nowhere")); err != nil {
		t.Errorf("a folder that does not exist: %v", err)
	}
}
