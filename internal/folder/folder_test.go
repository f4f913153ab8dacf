package folder_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"skillspace/internal/folder"
)

func open(t *testing.T, files map[string]string) *folder.Folder {
	t.Helper()
	path := filepath.Join(t.TempDir(), "folder")
	for name, content := range files {
		if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(path, name)), 0o755), os.WriteFile(filepath.Join(path, name), []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	f, err := folder.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func TestReadsTheFolderThatWasOpened(t *testing.T) {
	f := open(t, map[string]string{"a": "old a", "sub/b": "old b", "c": "old c"})
	if err := f.Pin([]string{"a", "sub/b"}); err != nil {
		t.Fatal(err)
	}
	if f.Moved() {
		t.Error("the folder is said to have moved")
	}
	away := f.Path() + ".away"
	if err := errors.Join(os.Rename(f.Path(), away), os.Mkdir(f.Path(), 0o755), os.WriteFile(f.Join("a"), []byte("new a"), 0o600), os.RemoveAll(away)); err != nil {
		t.Fatal(err)
	}
	if !f.Moved() {
		t.Error("the folder is not said to have moved")
	}
	for name, want := range map[string]string{"a": "old a", "sub/b": "old b"} {
		for range 2 { // the second reader starts at the beginning too
			if got, err := f.Read(name, 100); err != nil || string(got) != want {
				t.Errorf("%s: %q, %v, want %q", name, got, err, want)
			}
		}
	}
	if _, err := f.File("c"); !errors.Is(err, fs.ErrNotExist) || f.Has("c") {
		t.Errorf("a file that was not pinned: %v", err)
	}
}

func TestRefusesWhatIsNoFile(t *testing.T) {
	f := open(t, map[string]string{"a": "content"})
	if err := errors.Join(unix.Mkfifo(f.Join("fifo"), 0o600), os.Symlink("/dev/zero", f.Join("zero")), os.Mkdir(f.Join("sub"), 0o755), os.Symlink("a", f.Join("link"))); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, name := range []string{"fifo", "zero", "sub"} {
			if _, err := f.Read(name, 100); err == nil || !strings.Contains(err.Error(), name+": not a regular file") {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := folder.Read(f.Join(name), 100); err == nil || !strings.Contains(err.Error(), name+": not a regular file") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("it waits for a file that never ends")
	}
	if got, err := f.Read("link", 7); err != nil || string(got) != "content" {
		t.Errorf("a link: %q, %v", got, err)
	}
	if _, err := f.Read("a", 6); err == nil || !strings.Contains(err.Error(), "a: not a file of at most 6 bytes (it has 7)") {
		t.Errorf("a file above the limit: %v", err)
	}
	for _, name := range []string{"../a", "/etc/passwd", ""} {
		if _, err := f.File(name); err == nil || !strings.Contains(err.Error(), "leaves the folder") {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := folder.Open(f.Join("a")); err == nil {
		t.Error("a file was opened as a folder")
	}
}
