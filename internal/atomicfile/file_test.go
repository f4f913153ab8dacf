package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// old writes the old version of a file and returns its path.
func old(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "corpus.jsonl")
	if err := os.WriteFile(path, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	return path
}

// wantFile checks the content of a file, and that there is no temporary file beside it.
func wantFile(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("%s holds %q (%v), want %q", path, got, err, want)
	}
	wantNoLeftovers(t, filepath.Dir(path))
}

func wantNoLeftovers(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if strings.Contains(entry.Name(), ".tmp-") || strings.HasSuffix(entry.Name(), oldSuffix) {
			t.Errorf("leftover %s", entry.Name())
		}
	}
}

func TestWriteReplaces(t *testing.T) {
	path := old(t)
	err := Write(path, func(w io.Writer) error {
		_, err := io.WriteString(w, "new")
		if before, _ := os.ReadFile(path); string(before) != "old" {
			t.Errorf("before the commit the file holds %q", before)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "new")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("permissions %v (%v), want those of the old file, 0640", info.Mode(), err)
	}
}

func TestWriteNewFileFollowsUmask(t *testing.T) {
	dir := t.TempDir()
	plain, path := filepath.Join(dir, "plain"), filepath.Join(dir, "atomic")
	if err := os.WriteFile(plain, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, func(io.Writer) error { return nil }); err != nil {
		t.Fatal(err)
	}
	a, _ := os.Stat(plain)
	b, err := os.Stat(path)
	if err != nil || a.Mode() != b.Mode() {
		t.Errorf("mode %v (%v), want that of any new file, %v", b.Mode(), err, a.Mode())
	}
}

func TestWriteErrorKeepsOld(t *testing.T) {
	path := old(t)
	cause := errors.New("the encoder gave up")
	err := Write(path, func(w io.Writer) error {
		io.WriteString(w, "half of the ne")
		return cause
	})
	if !errors.Is(err, cause) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v, want the cause and the path", err)
	}
	wantFile(t, path, "old")
}

func TestWritePanicKeepsOld(t *testing.T) {
	path := old(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		Write(path, func(io.Writer) error { panic("bug") })
	}()
	wantFile(t, path, "old")
}

// A caller who ignores the error of Write cannot publish a torn file.
func TestSwallowedWriteErrorFailsCommit(t *testing.T) {
	path := old(t)
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	name := f.file.Name()
	f.file.Close()
	if f.file, err = os.Open(name); err != nil { // opened for reading only: every write fails
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("new")); err == nil {
		t.Fatal("write to a file that is open for reading only succeeded")
	}
	if err := f.Commit(); err == nil {
		t.Error("Commit after a failed Write succeeded")
	}
	wantFile(t, path, "old")
}

func TestCommitOntoFolderFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out")
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(path, "made meanwhile"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err == nil {
		t.Error("a folder was replaced by a file")
	}
	wantNoLeftovers(t, dir)
}

func TestCreateRefuses(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{"", dir, os.DevNull, filepath.Join(dir, "no such folder", "x"), filepath.Join(old(t), "below a file")} {
		if f, err := Create(path); err == nil {
			f.Abort()
			t.Errorf("Create(%q) succeeded", path)
		}
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Fatalf("%s was replaced", os.DevNull)
	}
	if _, err := Create(filepath.Join(dir, "no", "x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want fs.ErrNotExist inside", err)
	}
}

func TestUseAfterEnd(t *testing.T) {
	path := old(t)
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	f.Abort()
	f.Abort()
	if _, err := f.Write([]byte("x")); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Write after Abort: %v", err)
	}
	if err := f.Commit(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Commit after Abort: %v", err)
	}
	wantFile(t, path, "old")
}

func TestSymbolicLinkStays(t *testing.T) {
	path := old(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Skip(err)
	}
	if err := Write(link, func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "new")
	if target, err := os.Readlink(link); err != nil || target != path {
		t.Errorf("the link points to %q (%v)", target, err)
	}
}

func TestLongName(t *testing.T) {
	path := filepath.Join(t.TempDir(), strings.Repeat("n", 250))
	if err := Write(path, func(io.Writer) error { return nil }); err != nil {
		t.Error(err)
	}
}

func TestConcurrentWriters(t *testing.T) {
	path := old(t)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			err := Write(path, func(w io.Writer) error {
				_, err := io.WriteString(w, strings.Repeat(fmt.Sprint(i), 10000))
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	got, err := os.ReadFile(path)
	if err != nil || len(got) != 10000 || strings.Trim(string(got), string(got[:1])) != "" {
		t.Errorf("%d bytes of more than one writer (%v)", len(got), err)
	}
	wantNoLeftovers(t, filepath.Dir(path))
}
