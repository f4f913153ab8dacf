//go:build unix

package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// A folder has one writer. Close lets the next one in, and so does a kill.
func TestLockFolder(t *testing.T) {
	dir := t.TempDir()
	first, err := LockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := LockFolder(dir); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Errorf("a second lock: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	child := again(t, "lock", dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "locked\n" {
		t.Fatalf("the child says %q (%v)", line, err)
	}
	if _, err := LockFolder(dir); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), fmt.Sprintf("(process %d on ", child.Process.Pid)) {
		t.Errorf("while a child holds the lock: %v", err)
	}
	child.Process.Kill()
	child.Wait()
	last, err := LockFolder(dir)
	if err != nil {
		t.Fatalf("after the child was killed: %v", err)
	}
	if err := last.Close(); err != nil {
		t.Error(err)
	}
	if _, err := LockFolder(filepath.Join(dir, "missing")); err == nil || errors.Is(err, ErrLocked) {
		t.Errorf("a missing folder: %v", err)
	}
}
