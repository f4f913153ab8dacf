package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// version fills a folder with two files of the same content; a folder whose files differ is torn.
func version(v string) func(string) error {
	return func(tmp string) error {
		for _, name := range []string{"config.json", filepath.Join("weights", "model.bin")} {
			path := filepath.Join(tmp, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				return err
			}
			if err := os.WriteFile(path, []byte(v), 0o666); err != nil {
				return err
			}
		}
		return nil
	}
}

func wantVersion(t *testing.T, dir, want string) {
	t.Helper()
	for _, name := range []string{"config.json", filepath.Join("weights", "model.bin")} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(got) != want {
			t.Errorf("%s holds %q (%v), want %q", name, got, err, want)
		}
	}
	wantNoLeftovers(t, filepath.Dir(dir))
}

// bothWays runs a test with the exchange of the file system and without.
func bothWays(t *testing.T, test func(t *testing.T)) {
	t.Run("exchange", test)
	t.Run("two renames", func(t *testing.T) {
		defer func() { swap = exchange }()
		swap = func(_, _ string) error { return errNoExchange }
		test(t)
	})
}

func TestReplaceDir(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "best")
		for _, v := range []string{"1", "2", "3"} {
			if err := ReplaceDir(dir, version(v)); err != nil {
				t.Fatal(err)
			}
			wantVersion(t, dir, v)
		}
	})
}

func TestReplaceDirErrorKeepsOld(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "best")
		if err := ReplaceDir(dir, version("old")); err != nil {
			t.Fatal(err)
		}
		cause := errors.New("no space left")
		err := ReplaceDir(dir, func(tmp string) error {
			if err := version("new")(tmp); err != nil {
				return err
			}
			return cause
		})
		if !errors.Is(err, cause) || !strings.Contains(err.Error(), dir) {
			t.Errorf("error %v, want the cause and the folder", err)
		}
		wantVersion(t, dir, "old")

		if err := ReplaceDir(dir, os.RemoveAll); err == nil { // the new folder vanishes before the swap
			t.Error("a folder that is not there was put in place")
		}
		wantVersion(t, dir, "old")

		func() {
			defer func() { recover() }()
			ReplaceDir(dir, func(tmp string) error { version("new")(tmp); panic("bug") })
		}()
		wantVersion(t, dir, "old")
	})
}

// TestSecondRenameFails: without an exchange, the old version comes back when the new one cannot be moved into its place.
func TestSecondRenameFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "best")
	if err := ReplaceDir(dir, version("old")); err != nil {
		t.Fatal(err)
	}
	defer func() { swap = exchange }()
	swap = func(tmp, _ string) error {
		os.RemoveAll(tmp)
		return errNoExchange
	}
	if err := ReplaceDir(dir, version("new")); err == nil {
		t.Error("no error")
	}
	wantVersion(t, dir, "old")
}

func TestRecover(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "best")
	if err := Recover(dir); err != nil {
		t.Errorf("nothing to recover: %v", err)
	}
	if err := version("old")(dir + oldSuffix); err != nil { // as a crash between the two renames leaves it
		t.Fatal(err)
	}
	if err := Recover(dir); err != nil {
		t.Fatal(err)
	}
	wantVersion(t, dir, "old")

	if err := os.Rename(dir, dir+oldSuffix); err != nil {
		t.Fatal(err)
	}
	if err := ReplaceDir(dir, func(string) error { return errors.New("again") }); err == nil {
		t.Error("no error")
	}
	wantVersion(t, dir, "old")
}

func TestReplaceDirRefuses(t *testing.T) {
	file := old(t)
	for _, dir := range []string{"", file, filepath.Join(t.TempDir(), "no", "parent")} {
		if err := ReplaceDir(dir, version("new")); err == nil {
			t.Errorf("ReplaceDir(%q) succeeded", dir)
		}
	}
	wantFile(t, file, "old")
	if err := ReplaceDir(filepath.Join(t.TempDir(), "no", "parent"), version("new")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want fs.ErrNotExist inside", err)
	}
}

func TestReplaceDirBehindLink(t *testing.T) {
	parent := t.TempDir()
	dir, link := filepath.Join(parent, "run-1"), filepath.Join(t.TempDir(), "latest")
	if err := ReplaceDir(dir, version("old")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(dir, link); err != nil {
		t.Skip(err)
	}
	if err := ReplaceDir(link, version("new")); err != nil {
		t.Fatal(err)
	}
	wantVersion(t, dir, "new")
}

func TestReplaceDirRelative(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, v := range []string{"1", "2"} {
		if err := ReplaceDir("run", version(v)); err != nil {
			t.Fatal(err)
		}
	}
	wantVersion(t, "run", "2")
}

func TestRemoveDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "best")
	if err := ReplaceDir(dir, version("1")); err != nil {
		t.Fatal(err)
	}
	if err := RemoveDir(dir + "/"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
	wantNoLeftovers(t, filepath.Dir(dir))
	for _, path := range []string{"", dir} {
		if err := RemoveDir(path); err == nil {
			t.Errorf("RemoveDir(%q) succeeded", path)
		}
	}
}
