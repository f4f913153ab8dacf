package hub

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const commit = "0123456789abcdef0123456789abcdef01234567"

// fakeHub serves one model, owner/model, and can be made to misbehave.
type fakeHub struct {
	*httptest.Server
	mu       sync.Mutex
	content  map[string]string // what it serves
	listed   map[string]string // what it announces; nil: content
	requests []string          // path, Range and Authorization of each
	handle   func(w http.ResponseWriter, r *http.Request, name string) bool
}

func newHub(t *testing.T) *fakeHub {
	t.Helper()
	h := &fakeHub{content: map[string]string{
		"config.json": `{"model_type":"bert"}`, "vocab.txt": "[PAD]\n", "model.safetensors": strings.Repeat("weights ", 10_000),
		"1_Pooling/config.json": "{}", "pytorch_model.bin": "pickle", "README.md": "read me", "../../evil": "x",
	}}
	h.Server = httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(h.Close)
	return h
}

func (h *fakeHub) serve(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.requests = append(h.requests, strings.TrimSpace(r.URL.Path+" "+r.Header.Get("Range")+" "+r.Header.Get("Authorization")))
	name, isFile := strings.CutPrefix(r.URL.Path, "/owner/model/resolve/"+commit+"/")
	if h.handle != nil && h.handle(w, r, name) {
		return
	}
	switch {
	case r.URL.Path == "/api/models/owner/model/revision/main":
		h.list(w)
	case isFile && h.content[name] != "":
		http.ServeContent(w, r, name, time.Time{}, strings.NewReader(h.content[name]))
	default:
		http.NotFound(w, r)
	}
}

func (h *fakeHub) list(w http.ResponseWriter) {
	announced := h.listed
	if announced == nil {
		announced = h.content
	}
	var siblings []map[string]any
	for name, content := range announced {
		file := map[string]any{"rfilename": name, "size": len(content), "blobId": fmt.Sprintf("%x", sha1.Sum([]byte(fmt.Sprintf("blob %d\x00%s", len(content), content))))}
		if name == weights {
			file["blobId"] = "pointer"
			file["lfs"] = map[string]any{"sha256": fmt.Sprintf("%x", sha256.Sum256([]byte(content))), "size": len(content)}
		}
		siblings = append(siblings, file)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"sha": commit, "siblings": siblings})
}

func (h *fakeHub) asked(part string) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, request := range h.requests {
		if strings.Contains(request, part) {
			n++
		}
	}
	return n
}

func (h *fakeHub) client() *Client {
	return &Client{Endpoint: h.URL, HTTP: h.Client(), Backoff: time.Millisecond}
}

func options(output string) Options {
	return Options{Name: "owner/model", Revision: "main", Output: output, Check: func(string) error { return nil }}
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestFetch(t *testing.T) {
	h := newHub(t)
	c := h.client()
	c.Token = "secret"
	output := filepath.Join(t.TempDir(), "new", "model")
	o := options(output)
	var total, counted int64
	o.Progress = func(n int64) func(int64) { total = n; return func(n int64) { counted += n } }
	o.Check = func(folder string) error {
		if exists(filepath.Join(folder, weights)) {
			t.Error("the weights were fetched before the check")
		}
		return nil
	}
	report, err := c.Fetch(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if report.Commit != commit || report.Files != 4 || report.Verified != 4 || report.Bytes != total || counted != total {
		t.Errorf("%+v, %d of %d bytes counted", report, counted, total)
	}
	for _, name := range []string{"config.json", "vocab.txt", weights, "1_Pooling/config.json"} {
		if content(t, filepath.Join(output, name)) != h.content[name] {
			t.Errorf("%s differs", name)
		}
	}
	if h.asked("pytorch_model") > 0 || h.asked("evil") > 0 || h.asked("Bearer secret") != 5 {
		t.Errorf("requests %q", h.requests)
	}
	left, err := os.ReadDir(filepath.Dir(output))
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if _, err := c.Fetch(t.Context(), o); err != nil {
		t.Errorf("over an earlier one: %v", err)
	}
}

// An interrupted download goes on where it stopped.
func TestResume(t *testing.T) {
	h := newHub(t)
	output := filepath.Join(t.TempDir(), "model")
	ctx, cancel := context.WithCancel(t.Context())
	half := len(h.content[weights]) / 2
	h.handle = func(w http.ResponseWriter, r *http.Request, name string) bool {
		if name != weights {
			return false
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(h.content[weights])))
		_, _ = w.Write([]byte(h.content[weights][:half]))
		w.(http.Flusher).Flush()
		time.Sleep(50 * time.Millisecond) // for the half to arrive
		cancel()
		<-r.Context().Done()
		return true
	}
	_, err := h.client().Fetch(ctx, options(output))
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "the next call goes on from there") {
		t.Fatalf("%v", err)
	}
	if exists(output) {
		t.Error("half a model appeared")
	}
	h.mu.Lock()
	h.handle = nil
	h.requests = nil
	h.mu.Unlock()
	if _, err := h.client().Fetch(t.Context(), options(output)); err != nil {
		t.Fatal(err)
	}
	if h.asked(fmt.Sprintf("bytes=%d-", half)) != 1 || h.asked("config.json") != 0 || content(t, filepath.Join(output, weights)) != h.content[weights] {
		t.Errorf("requests %q", h.requests)
	}
}

func TestRetries(t *testing.T) {
	for name, misbehave := range map[string]func(h *fakeHub, w http.ResponseWriter) bool{
		"busy": func(_ *fakeHub, w http.ResponseWriter) bool {
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return true
		},
		"too many": func(_ *fakeHub, w http.ResponseWriter) bool {
			http.Error(w, "slow down", http.StatusTooManyRequests)
			return true
		},
		"cut short": func(h *fakeHub, w http.ResponseWriter) bool {
			_, _ = w.Write([]byte(h.content[weights][:1000]))
			return true
		},
	} {
		h := newHub(t)
		failures := 2
		h.handle = func(w http.ResponseWriter, _ *http.Request, file string) bool {
			if file != weights || failures == 0 {
				return false
			}
			failures--
			return misbehave(h, w)
		}
		output := filepath.Join(t.TempDir(), "model")
		o := options(output)
		var total, counted int64
		o.Progress = func(n int64) func(int64) { total = n; return func(n int64) { counted += n } }
		if _, err := h.client().Fetch(t.Context(), o); err != nil || content(t, filepath.Join(output, weights)) != h.content[weights] || counted != total {
			t.Errorf("%s: %v, %d of %d bytes counted", name, err, counted, total)
		}
	}
}

func TestRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(h *fakeHub)
		want   string
	}{
		"altered weights": {func(h *fakeHub) { h.listed = clone(h.content, weights, strings.Repeat("Weights ", 10_000)) }, "model.safetensors: not the file that the hub announced: checksum"},
		"altered text":    {func(h *fakeHub) { h.listed = clone(h.content, "vocab.txt", "[BAD]\n") }, "vocab.txt: not the file that the hub announced"},
		"longer":          {func(h *fakeHub) { h.listed = clone(h.content, weights, "short") }, "more than 5 bytes"},
		"pickle only":     {func(h *fakeHub) { delete(h.content, weights) }, "its weights are a pickle (pytorch_model.bin)"},
		"sharded":         {func(h *fakeHub) { delete(h.content, weights); h.content["model.safetensors.index.json"] = "{}" }, "several files"},
		"no weights":      {func(h *fakeHub) { delete(h.content, weights); delete(h.content, "pytorch_model.bin") }, "no model.safetensors"},
		"no tokenizer":    {func(h *fakeHub) { delete(h.content, "vocab.txt") }, "neither tokenizer.json nor vocab.txt"},
		"no config":       {func(h *fakeHub) { delete(h.content, "config.json") }, "no config.json"},
		"always busy": {func(h *fakeHub) {
			h.handle = func(w http.ResponseWriter, _ *http.Request, file string) bool {
				if file == "vocab.txt" {
					http.Error(w, "busy", http.StatusBadGateway)
				}
				return file == "vocab.txt"
			}
		}, "502 Bad Gateway"},
		"gated": {func(h *fakeHub) {
			h.handle = func(w http.ResponseWriter, _ *http.Request, _ string) bool {
				http.Error(w, "", http.StatusUnauthorized)
				return true
			}
		}, "needs HF_TOKEN"},
		"unknown": {func(h *fakeHub) {
			h.handle = func(w http.ResponseWriter, r *http.Request, _ string) bool { http.NotFound(w, r); return true }
		}, "no such model or revision"},
		"nonsense": {func(h *fakeHub) {
			h.handle = func(w http.ResponseWriter, _ *http.Request, _ string) bool {
				_, _ = w.Write([]byte("<html>"))
				return true
			}
		}, "no list of files"},
		"no commit": {func(h *fakeHub) {
			h.handle = func(w http.ResponseWriter, _ *http.Request, _ string) bool {
				_, _ = w.Write([]byte(`{"sha":"../x"}`))
				return true
			}
		}, "names no commit"},
	} {
		h := newHub(t)
		c.change(h)
		output := filepath.Join(t.TempDir(), "model")
		if _, err := h.client().Fetch(t.Context(), options(output)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if exists(output) {
			t.Errorf("%s: something appeared", name)
		}
	}
	h := newHub(t)
	o := options(filepath.Join(t.TempDir(), "model"))
	o.Check = func(string) error { return errors.New("not supported") }
	if _, err := h.client().Fetch(t.Context(), o); err == nil || h.asked(weights) > 0 {
		t.Errorf("%v, requests %q", err, h.requests)
	}
}

func clone(m map[string]string, name, value string) map[string]string {
	out := map[string]string{}
	for k, v := range m {
		out[k] = v
	}
	out[name] = value
	return out
}

func TestCopy(t *testing.T) {
	source, output := t.TempDir(), filepath.Join(t.TempDir(), "a", "b")
	o := options(output)
	o.Name = source
	for name, text := range map[string]string{"config.json": "{}", "tokenizer.json": "{}", "1_Pooling/config.json": "[]", "other.txt": "x"} {
		path := filepath.Join(source, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Copy(t.Context(), o); err == nil || !strings.Contains(err.Error(), "no model.safetensors") {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(filepath.Join(source, weights), []byte("w"), 0o644); err != nil {
		t.Fatal(err)
	}
	report, err := Copy(t.Context(), o)
	if err != nil || report.Files != 4 || content(t, filepath.Join(output, "1_Pooling/config.json")) != "[]" || exists(filepath.Join(output, "other.txt")) {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestNamesAndOutputs(t *testing.T) {
	for _, name := range []string{"bert-base-chinese", "sentence-transformers/all-MiniLM-L6-v2"} {
		if err := CheckName(name, "refs/pr/1"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"", "a/b/c", "../x", "a/..", "a b", "/a", "a?x=1", "a%2fb", strings.Repeat("a", 200)} {
		if CheckName(name, "main") == nil {
			t.Errorf("%q was accepted", name)
		}
	}
	for _, revision := range []string{"", "../main", "a b", "/main"} {
		if CheckName("model", revision) == nil {
			t.Errorf("revision %q was accepted", revision)
		}
	}
	full := t.TempDir()
	letter := filepath.Join(full, "letter.txt")
	if err := os.WriteFile(letter, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if CheckOutput(full) == nil || CheckOutput(letter) == nil || CheckOutput(t.TempDir()) != nil || CheckOutput(filepath.Join(full, "new")) != nil {
		t.Error("outputs")
	}
	t.Setenv("HF_ENDPOINT", "ftp://x")
	if _, err := FromEnvironment(); err == nil || !strings.Contains(err.Error(), "HF_ENDPOINT") {
		t.Errorf("%v", err)
	}
	t.Setenv("HF_ENDPOINT", "http://mirror/")
	if c, err := FromEnvironment(); err != nil || c.Endpoint != "http://mirror" {
		t.Errorf("%+v, %v", c, err)
	}
}
