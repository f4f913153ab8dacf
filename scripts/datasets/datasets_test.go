package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// texts are what the test's server has, by path.
func pinned(name, url, shared, text string) file {
	sum := sha256.Sum256([]byte(text))
	return file{name, url, shared, hex.EncodeToString(sum[:]), int64(len(text))}
}

// withSets replaces the sets for a test.
func withSets(t *testing.T, s ...set) {
	before := sets
	sets = s
	t.Cleanup(func() { sets = before })
}

func TestDownload(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.EscapedPath())
		switch r.URL.Path {
		case "/o/r/c/a - b.zip":
			w.Write([]byte("one"))
		case "/o/r/c/wrong.csv":
			w.Write([]byte("another text than the one pinned"))
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	withSets(t,
		set{folder: "esco", files: []file{pinned("a - b.zip", "o/r/c/a - b.zip", "none", "one")}},
		set{folder: "changed", files: []file{pinned("wrong.csv", "o/r/c/wrong.csv", "none", "right")}},
		set{folder: "gone", byHand: "ask for it", files: []file{pinned("gone.csv", "o/r/c/gone.csv", "none", "gone")}},
		set{folder: "shared", files: []file{pinned("x.csv", "o/r/c/x.csv", "data/x.csv", "mine")}},
	)
	shared := t.TempDir()
	os.Mkdir(filepath.Join(shared, "data"), 0o755)
	if err := os.WriteFile(filepath.Join(shared, "data/x.csv"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	f := fetcher{folder: filepath.Join(t.TempDir(), "datasets"), shared: shared, host: server.URL, out: &out}
	err := f.run(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "not had: changed, gone") {
		t.Errorf("error %v", err)
	}
	for name, want := range map[string]string{"esco/a - b.zip": "one", "shared/x.csv": "mine"} {
		if got, err := os.ReadFile(filepath.Join(f.folder, name)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, want := range []string{"wrong.csv is another file than the one pinned", "404 Not Found; by hand: ask for it", "copied from " + shared} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("output lacks %q:\n%s", want, out.String())
		}
	}
	if strings.Join(asked, " ") != "/o/r/c/a%20-%20b.zip /o/r/c/wrong.csv /o/r/c/gone.csv" {
		t.Errorf("asked for %q", asked)
	}
	if left, _ := filepath.Glob(filepath.Join(f.folder, "*", ".datasets-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}

	asked = nil
	if err := f.run(t.Context(), []string{"esco", "shared"}); err != nil || asked != nil {
		t.Errorf("a second run: %v, asked for %q", err, asked)
	}
	if err := f.run(t.Context(), []string{"none"}); err == nil || !strings.Contains(err.Error(), "there are esco, changed") {
		t.Errorf("an unknown set: %v", err)
	}
}

// What the user has put into a set's folder stays.
func TestOwnFilesStay(t *testing.T) {
	withSets(t, set{folder: "esco", files: []file{pinned("a.zip", "o/r/c/a.zip", "none", "one")}},
		set{folder: "other", files: []file{pinned("b.csv", "o/r/c/b.csv", "none", "two")}})
	var out bytes.Buffer
	f := fetcher{folder: t.TempDir(), shared: "none", host: "http://127.0.0.1:1", out: &out}
	for _, name := range []string{"esco/ESCO v1.2.zip", "other/b.csv"} {
		os.MkdirAll(filepath.Join(f.folder, filepath.Dir(name)), 0o755)
		if err := os.WriteFile(filepath.Join(f.folder, name), []byte("own"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "not had: other") {
		t.Errorf("error %v", err)
	}
	if !strings.Contains(out.String(), "kept: "+filepath.Join(f.folder, "esco/ESCO v1.2.zip")) || !strings.Contains(out.String(), "remove it to fetch it again") {
		t.Errorf("output\n%s", out.String())
	}
	if got, _ := os.ReadFile(filepath.Join(f.folder, "other/b.csv")); string(got) != "own" {
		t.Errorf("other/b.csv is %q now", got)
	}
}

// The test halves of the benchmark are never fetched, and every file is pinned.
func TestSets(t *testing.T) {
	for _, s := range sets {
		for _, f := range s.files {
			if strings.Contains(f.url, "test") || strings.Contains(f.name, "test") {
				t.Errorf("%s/%s is a test file", s.folder, f.name)
			}
			if len(f.sha256) != 64 || f.bytes == 0 || f.url != "" && !strings.HasSuffix(f.url, f.name) {
				t.Errorf("%s/%s: %+v", s.folder, f.name, f)
			}
		}
	}
}

// The files of ../shared are the ones pinned.
func TestSharedFilesArePinned(t *testing.T) {
	const shared = "../../../shared"
	if _, err := os.Stat(shared); err != nil {
		t.Skipf("needs ../shared beside the repository: %v", err)
	}
	f := fetcher{folder: t.TempDir(), shared: shared, host: "http://127.0.0.1:1", out: t.Output()}
	if err := f.run(t.Context(), nil); err != nil {
		t.Error(err)
	}
}
