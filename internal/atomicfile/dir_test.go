package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// version returns a function that fills a folder with two files of the same content. A folder whose files differ is torn.
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

// bothWays runs a test twice: with the file system's exchange, and without it.
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
			t.Error("a missing folder replaced dir")
		}
		wantVersion(t, dir, "old")

		func() {
			defer func() { recover() }()
			ReplaceDir(dir, func(tmp string) error { version("new")(tmp); panic("bug") })
		}()
		wantVersion(t, dir, "old")
	})
}

// Without an exchange, the old version comes back if the new one cannot be moved into its place.
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
	if err := version("old")(dir + oldSuffix); err != nil { // the state after a crash between the two renames
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

// Sweep removes what a writer left pending, and nothing else.
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
