package hub

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestFetch(t *testing.T) {
	h := newHub(t)
	c := h.client()
	c.Token = "secret"
	cache := Cache{filepath.Join(t.TempDir(), "new")}
	o := request()
	var total, counted int64
	o.Progress = func(n int64) func(int64) { total = n; return func(n int64) { counted += n } }
	o.Check = func(folder string) error {
		if exists(filepath.Join(folder, weights)) || !exists(filepath.Join(folder, "vocab.txt")) {
			t.Error("the check wants all but the weights")
		}
		return nil
	}
	report, err := c.Fetch(t.Context(), cache, o)
	if err != nil {
		t.Fatal(err)
	}
	if report.Commit != commit || report.Files != 4 || report.Verified != 4 || report.Bytes != total || counted != total {
		t.Errorf("%+v, %d of %d bytes counted", report, counted, total)
	}
	for _, name := range []string{"config.json", "vocab.txt", weights, "1_Pooling/config.json"} {
		if content(t, filepath.Join(report.Folder, name)) != h.content[name] {
			t.Errorf("%s differs", name)
		}
	}
	if h.asked("pytorch_model") > 0 || h.asked("evil") > 0 || h.asked("Bearer secret") != 5 {
		t.Errorf("requests %q", h.requests)
	}
}

// An interrupted download is resumed.
func TestResume(t *testing.T) {
	h := newHub(t)
	cache := Cache{t.TempDir()}
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
	_, err := h.client().Fetch(ctx, cache, request())
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "the next call resumes") {
		t.Fatalf("%v", err)
	}
	if _, err := cache.Find(request()); err == nil {
		t.Error("half a model is found")
	}
	h.mu.Lock()
	h.handle = nil
	h.requests = nil
	h.mu.Unlock()
	report, err := h.client().Fetch(t.Context(), cache, request())
	if err != nil {
		t.Fatal(err)
	}
	if h.asked(fmt.Sprintf("bytes=%d-", half)) != 1 || h.asked("config.json") != 0 || content(t, filepath.Join(report.Folder, weights)) != h.content[weights] {
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
		o := request()
		var total, counted int64
		o.Progress = func(n int64) func(int64) { total = n; return func(n int64) { counted += n } }
		report, err := h.client().Fetch(t.Context(), Cache{t.TempDir()}, o)
		if err != nil || content(t, filepath.Join(report.Folder, weights)) != h.content[weights] || counted != total {
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
		"pickles only": {func(h *fakeHub) {
			delete(h.content, weights)
			delete(h.content, "pytorch_model.bin")
			h.content["pytorch_model.bin.index.json"] = "{}"
		}, "its weights are a pickle"},
		"no weights":    {func(h *fakeHub) { delete(h.content, weights); delete(h.content, "pytorch_model.bin") }, "neither model.safetensors nor"},
		"no tokenizer":  {func(h *fakeHub) { delete(h.content, "vocab.txt") }, "no tokenizer (tokenizer.json, vocab.txt, or"},
		"half a BPE":    {func(h *fakeHub) { delete(h.content, "vocab.txt"); h.content["vocab.json"] = "{}" }, "or vocab.json with merges.txt)"},
		"SentencePiece": {func(h *fakeHub) { delete(h.content, "vocab.txt"); h.content["sentencepiece.bpe.model"] = "x" }, "its only tokenizer is a SentencePiece model"},
		"no index":      {func(h *fakeHub) { h.shard(`[]`) }, "model.safetensors.index.json: json"},
		"empty index":   {func(h *fakeHub) { h.shard(`{"weight_map":{}}`) }, "weight_map names 0 files"},
		"traversal":     {func(h *fakeHub) { h.shard(`{"weight_map":{"w":"../../evil.safetensors"}}`) }, `"../../evil.safetensors" is not the name`},
		"absolute":      {func(h *fakeHub) { h.shard(`{"weight_map":{"w":"/evil.safetensors"}}`) }, "is not the name"},
		"pickled shard": {func(h *fakeHub) { h.shard(`{"weight_map":{"w":"pytorch_model.bin"}}`) }, "is not the name"},
		"missing shard": {func(h *fakeHub) { h.shard(`{"weight_map":{"w":"model-00009-of-00009.safetensors"}}`) }, "is not among the model's files"},
		"no config":     {func(h *fakeHub) { delete(h.content, "config.json") }, "no config.json"},
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
		}, "not a list of files"},
		"no commit": {func(h *fakeHub) {
			h.handle = func(w http.ResponseWriter, _ *http.Request, _ string) bool {
				_, _ = w.Write([]byte(`{"sha":"../x"}`))
				return true
			}
		}, "names no commit"},
	} {
		h := newHub(t)
		c.change(h)
		cache := Cache{t.TempDir()}
		if _, err := h.client().Fetch(t.Context(), cache, request()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if _, err := cache.Find(request()); err == nil {
			t.Errorf("%s: a model is found", name)
		}
	}
	h := newHub(t)
	o := request()
	o.Check = func(string) error { return errors.New("not supported") }
	if _, err := h.client().Fetch(t.Context(), Cache{t.TempDir()}, o); err == nil || h.asked(weights) > 0 {
		t.Errorf("%v, requests %q", err, h.requests)
	}
}

func clone(m map[string]string, name, value string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, m)
	out[name] = value
	return out
}

func TestCopy(t *testing.T) {
	source, output := t.TempDir(), filepath.Join(t.TempDir(), "a", "b")
	check := request().Check
	for name, text := range map[string]string{"config.json": "{}", "tokenizer.json": "{}", "1_Pooling/config.json": "[]", "other.txt": "x"} {
		path := filepath.Join(source, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Copy(t.Context(), source, output, check); err == nil || !strings.Contains(err.Error(), "neither model.safetensors") {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(filepath.Join(source, weights), []byte("w"), 0o644); err != nil {
		t.Fatal(err)
	}
	report, err := Copy(t.Context(), source, output, check)
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
	for _, name := range []string{"", "a/b/c", "../x", "a/..", "a--b", "a b", "/a", "a?x=1", "a%2fb", strings.Repeat("a", 200)} {
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
