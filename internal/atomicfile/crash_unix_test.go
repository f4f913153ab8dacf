//go:build unix

package atomicfile

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A test that needs a child process starts the test binary again with this variable.
const roleVariable = "ATOMICFILE_TEST_ROLE"

func TestMain(m *testing.M) {
	switch role, path, _ := strings.Cut(os.Getenv(roleVariable), ":"); role {
	case "full disk":
		os.Exit(writeOnFullDisk(path))
	case "lock":
		lock, err := LockFolder(path)
		if err != nil {
			os.Stderr.WriteString(err.Error() + "\n")
			os.Exit(1)
		}
		os.Stdout.WriteString("locked\n")
		time.Sleep(time.Minute)
		lock.Close()
	case "endless":
		for i := 0; ; i++ {
			if err := ReplaceDir(path, version(strconv.Itoa(i))); err != nil {
				os.Stderr.WriteString(err.Error() + "\n")
				os.Exit(1)
			}
		}
	}
	os.Exit(m.Run())
}

// again returns a command that runs the test binary in a role.
func again(t *testing.T, role, path string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		t.Skip(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), roleVariable+"="+role+":"+path)
	return cmd
}

// TestFullDisk makes the kernel refuse more than 4 KiB a file, like a full disk or a quota.
func TestFullDisk(t *testing.T) {
	path := old(t)
	if out, err := again(t, "full disk", path).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	wantFile(t, path, "old")
}

func writeOnFullDisk(path string) int {
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4096, Max: 4096}); err != nil {
		os.Stderr.WriteString("setrlimit: " + err.Error())
		return 1
	}
	err := Write(path, func(w io.Writer) error {
		io.WriteString(w, strings.Repeat("new", 4096)) // the error is ignored: Commit must report it
		return nil
	})
	if !errors.Is(err, syscall.EFBIG) {
		os.Stderr.WriteString("want EFBIG inside, got " + errorText(err))
		return 1
	}
	err = Write(path, func(w io.Writer) error {
		_, err := io.WriteString(w, strings.Repeat("new", 4096))
		return err
	})
	if want := "write " + path + ": file too large"; !errors.Is(err, syscall.EFBIG) || err.Error() != want {
		os.Stderr.WriteString("want " + want + ", once; got " + errorText(err))
		return 1
	}
	err = ReplaceDir(path+".d", func(tmp string) error {
		return os.WriteFile(filepath.Join(tmp, "model.bin"), make([]byte, 1<<20), 0o666)
	})
	if !errors.Is(err, syscall.EFBIG) {
		os.Stderr.WriteString("folder: want EFBIG inside, got " + errorText(err))
		return 1
	}
	return 0
}

func errorText(err error) string {
	if err == nil {
		return "no error"
	}
	return err.Error()
}

// TestKill kills a process that replaces a folder again and again. A complete version is there after each kill.
func TestKill(t *testing.T) {
	probe := filepath.Join(t.TempDir(), "probe")
	for range 2 {
		if err := ReplaceDir(probe, version("1")); err != nil {
			t.Fatal(err)
		}
	}
	other := filepath.Join(t.TempDir(), "other")
	if err := version("2")(other); err != nil {
		t.Fatal(err)
	}
	if err := exchange(probe, other); errors.Is(err, errNoExchange) {
		t.Skip("this file system cannot exchange folders")
	}
	for round := range 12 {
		dir := filepath.Join(t.TempDir(), "best")
		if err := ReplaceDir(dir, version("first")); err != nil {
			t.Fatal(err)
		}
		cmd := again(t, "endless", dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(time.Duration(30+7*round) * time.Millisecond); time.Now().Before(deadline); {
			if _, err := os.Stat(dir); err != nil {
				t.Fatalf("the folder was away: %v", err)
			}
		}
		cmd.Process.Kill()
		cmd.Wait()
		config, err := os.ReadFile(filepath.Join(dir, "config.json"))
		if err != nil {
			t.Fatal(err)
		}
		weights, err := os.ReadFile(filepath.Join(dir, "weights", "model.bin"))
		if err != nil || string(config) != string(weights) {
			t.Fatalf("torn folder: %q and %q (%v)", config, weights, err)
		}
	}
}
