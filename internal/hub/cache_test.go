package hub

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func fetched(t *testing.T, h *fakeHub, cache Cache) *Model {
	t.Helper()
	report, err := h.client().Fetch(t.Context(), cache, request())
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// The layout is the one that huggingface_hub documents and reads.
func TestCacheLayout(t *testing.T) {
	h, cache := newHub(t), Cache{t.TempDir()}
	report := fetched(t, h, cache)
	model := filepath.Join(cache.Root, "models--owner--model")
	if want := filepath.Join(model, "snapshots", commit); report.Folder != want {
		t.Errorf("folder %s, want %s", report.Folder, want)
	}
	if got := content(t, filepath.Join(model, "refs", "main")); got != commit {
		t.Errorf("refs/main holds %q", got)
	}
	git := func(name string) string {
		return fmt.Sprintf("%x", sha1.Sum([]byte(fmt.Sprintf("blob %d\x00%s", len(h.content[name]), h.content[name]))))
	}
	for path, want := range map[string]string{
		"config.json":           "../../blobs/" + git("config.json"),
		"1_Pooling/config.json": "../../../blobs/" + git("1_Pooling/config.json"),
		weights:                 fmt.Sprintf("../../blobs/%x", sha256.Sum256([]byte(h.content[weights]))),
	} {
		if got, err := os.Readlink(filepath.Join(report.Folder, path)); err != nil || got != want {
			t.Errorf("%s links to %q, %v; want %q", path, got, err, want)
		}
	}
	blobs, err := os.ReadDir(filepath.Join(model, "blobs"))
	if err != nil || len(blobs) != 4 {
		t.Errorf("blobs %v, %v", blobs, err)
	}
}

func TestCacheIsUsed(t *testing.T) {
	h, cache := newHub(t), Cache{t.TempDir()}
	report := fetched(t, h, cache)
	h.requests = nil
	if again := fetched(t, h, cache); *again != *report || len(h.requests) != 1 {
		t.Errorf("%+v, requests %q", again, h.requests)
	}
	blob, err := filepath.EvalSymlinks(filepath.Join(report.Folder, weights))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(blob, []byte("spoilt"), 0o644); err != nil {
		t.Fatal(err)
	}
	if fetched(t, h, cache); content(t, filepath.Join(report.Folder, weights)) != h.content[weights] {
		t.Error("spoilt weights were kept")
	}
	h.Close() // from here on the cache alone can answer
	for _, revision := range []string{"main", commit} {
		o := request()
		o.Revision = revision
		if found, err := cache.Find(o); err != nil || found.Folder != report.Folder || found.Files != 4 || found.Bytes != report.Bytes || found.Verified != 0 {
			t.Errorf("%s: %+v, %v", revision, found, err)
		}
	}
}

// What huggingface_hub may have left: a snapshot without weights, one with plain files instead of links, a revision with a slash.
func TestFindWhatOthersLeft(t *testing.T) {
	cache := Cache{t.TempDir()}
	o := request()
	o.Revision = "refs/pr/1"
	if _, err := cache.Find(o); err == nil || !strings.Contains(err.Error(), "HF_HUB_OFFLINE forbids") {
		t.Errorf("empty cache: %v", err)
	}
	for path, text := range map[string]string{
		cache.ref(o.Name, o.Revision):                                   commit + "\n",
		filepath.Join(cache.snapshot(o.Name, commit), "config.json"):    "{}",
		filepath.Join(cache.snapshot(o.Name, commit), "tokenizer.json"): "{}",
	} {
		write(t, path, text)
	}
	if _, err := cache.Find(o); err == nil || !strings.Contains(err.Error(), "neither model.safetensors") {
		t.Errorf("without weights: %v", err)
	}
	write(t, filepath.Join(cache.snapshot(o.Name, commit), weights), "w")
	if report, err := cache.Find(o); err != nil || report.Files != 3 || report.Bytes != 5 {
		t.Errorf("%+v, %v", report, err)
	}
	o.Check = func(string) error { return errors.New("not supported") }
	if _, err := cache.Find(o); err == nil || !strings.Contains(err.Error(), "not supported") {
		t.Errorf("unsupported: %v", err)
	}
	write(t, cache.ref(o.Name, o.Revision), "../../elsewhere")
	if _, err := cache.Find(o); err == nil {
		t.Error("a commit with a path in it was followed")
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func TestShards(t *testing.T) {
	h, cache := newHub(t), Cache{t.TempDir()}
	h.shard(`{"metadata":{"total_size":13000},"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors","c":"model-00001-of-00002.safetensors"}}`)
	o := request()
	var total, counted int64
	o.Progress = func(n int64) func(int64) { total = n; return func(n int64) { counted += n } }
	o.Check = func(folder string) error {
		if exists(filepath.Join(folder, "model-00001-of-00002.safetensors")) {
			t.Error("a shard was fetched before the check")
		}
		return nil
	}
	report, err := h.client().Fetch(t.Context(), cache, o)
	if err != nil || report.Files != 6 || report.Verified != 6 || total != report.Bytes || counted != total {
		t.Fatalf("%+v, %v, %d of %d bytes counted", report, err, counted, total)
	}
	output := filepath.Join(t.TempDir(), "out")
	copied, err := Copy(t.Context(), report.Folder, output, request().Check)
	if err != nil || copied.Files != 6 || copied.Bytes != report.Bytes {
		t.Fatalf("%+v, %v", copied, err)
	}
	for _, name := range []string{weightsIndex, "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"} {
		if info, err := os.Lstat(filepath.Join(output, name)); err != nil || !info.Mode().IsRegular() || content(t, filepath.Join(output, name)) != h.content[name] {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if err := os.Remove(filepath.Join(output, "model-00002-of-00002.safetensors")); err != nil {
		t.Fatal(err)
	}
	if _, err := Copy(t.Context(), output, filepath.Join(t.TempDir(), "x"), request().Check); err == nil || !strings.Contains(err.Error(), "not among the model's files") {
		t.Errorf("a missing shard: %v", err)
	}
}

func TestHostileChecksum(t *testing.T) {
	for _, sum := range []string{"../../x", strings.Repeat("A", 40), strings.Repeat("a", 39), strings.Repeat("a", 64) + "/"} {
		file := remoteFile{Name: "config.json", BlobID: sum}
		if got, err := file.checksum(commit); err == nil {
			t.Errorf("%q became the blob %q", sum, got)
		}
	}
	plain := remoteFile{Name: "config.json"}
	first, err := plain.checksum(commit)
	second, err2 := plain.checksum("other")
	if err != nil || err2 != nil || first == second || len(first) != 64 {
		t.Errorf("without a checksum: %q, %q, %v, %v", first, second, err, err2)
	}
}

func TestCacheFromEnvironment(t *testing.T) {
	names := []string{"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME", "HOME"}
	want := []string{"/1", "/2", "/3/hub", "/4/huggingface/hub", "/5/.cache/huggingface/hub"}
	for i := range names {
		for k, name := range names {
			value := fmt.Sprintf("/%d", k+1)
			if k < i {
				value = ""
			}
			t.Setenv(name, value)
		}
		if cache, err := CacheFromEnvironment(); err != nil || cache.Root != want[i] {
			t.Errorf("%s: %+v, %v", names[i], cache, err)
		}
	}
	t.Setenv("HOME", "")
	if _, err := CacheFromEnvironment(); err == nil || !strings.Contains(err.Error(), "HF_HOME") {
		t.Errorf("without a home: %v", err)
	}
	for value, want := range map[string]bool{"": false, "0": false, "false": false, "1": true, "True": true, "ON": true} {
		t.Setenv("HF_HUB_OFFLINE", value)
		if Offline() != want {
			t.Errorf("HF_HUB_OFFLINE=%q: %v", value, Offline())
		}
	}
	t.Setenv("HF_HUB_OFFLINE", "")
	t.Setenv("TRANSFORMERS_OFFLINE", "1")
	if !Offline() {
		t.Error("TRANSFORMERS_OFFLINE is not heard")
	}
}

// While another process holds the lock of a file, nothing is fetched, and an interrupt ends the wait.
func TestLock(t *testing.T) {
	h, cache := newHub(t), Cache{t.TempDir()}
	held := cache.lock("owner/model", fmt.Sprintf("%x", sha256.Sum256([]byte(h.content[weights]))))
	lock, err := lockFile(t.Context(), held)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := h.client().Fetch(ctx, cache, request()); !errors.Is(err, context.DeadlineExceeded) || h.asked(weights) > 0 {
		t.Errorf("%v, requests %q", err, h.requests)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	fetched(t, h, cache)
}
