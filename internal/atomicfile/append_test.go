package atomicfile

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// disk takes `room` bytes and then fails like a full disk.
type disk struct {
	bytes.Buffer
	room int
}

func (d *disk) Write(p []byte) (int, error) {
	n := min(len(p), d.room)
	d.room -= n
	d.Buffer.Write(p[:n])
	if n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}
func (*disk) Sync() error  { return nil }
func (*disk) Close() error { return nil }
func (*disk) Name() string { return "disk" }

func TestFullDiskLosesNothing(t *testing.T) {
	d := &disk{room: 7}
	f := &Appender{file: d}
	for _, record := range []string{"first\n", "second\n", "third\n"} {
		if err := f.Append([]byte(record)); err != nil {
			t.Fatal(err)
		}
	}
	if d.String() != "first\ns" {
		t.Fatalf("a disk with 7 bytes of room holds %q", d.String())
	}
	if f.Sync() == nil {
		t.Error("Sync of what is not written succeeds")
	}
	d.room = 1 << 10
	if err := f.Append([]byte("fourth\n")); err != nil {
		t.Fatal(err)
	}
	if want := "first\nsecond\nthird\nfourth\n"; d.String() != want {
		t.Errorf("with room again: %q, want %q", d.String(), want)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestTooMuchWaiting(t *testing.T) {
	f := &Appender{file: &disk{}}
	record := make([]byte, maxPending/2)
	if err := f.Append(record); err != nil {
		t.Fatal(err)
	}
	if err := f.Append(record); err != nil {
		t.Fatal(err)
	}
	if f.Append([]byte("x")) == nil {
		t.Error("waiting bytes grow without a bound")
	}
	if f.Close() == nil {
		t.Error("Close drops what waits without an error")
	}
}

func TestOpenAppendsAndCreateDoesNot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	for _, open := range []func(string) (*Appender, error){CreateAppender, OpenAppender} {
		f, err := open(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Append([]byte("line\n")); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := CreateAppender(path); !os.IsExist(err) {
		t.Errorf("CreateAppender of an existing file: %v", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "line\nline\n" {
		t.Errorf("the file holds %q", text)
	}
}
