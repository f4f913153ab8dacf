package hub

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
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
		if strings.HasSuffix(name, ".safetensors") {
			file["blobId"] = "pointer"
			file["lfs"] = map[string]any{"sha256": fmt.Sprintf("%x", sha256.Sum256([]byte(content))), "size": len(content)}
		}
		siblings = append(siblings, file)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"sha": commit, "siblings": siblings})
}

// shard splits the weights into two files, with this index.
func (h *fakeHub) shard(index string) {
	delete(h.content, weights)
	h.content[weightsIndex] = index
	h.content["model-00001-of-00002.safetensors"] = strings.Repeat("first ", 1000)
	h.content["model-00002-of-00002.safetensors"] = strings.Repeat("second ", 1000)
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

func request() Request {
	return Request{Name: "owner/model", Revision: "main", Check: func(string) error { return nil }}
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
