package llm

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// batchFake is a server with a Batch API in front of a fake, which answers the individual questions.
type batchFake struct {
	*httptest.Server
	fake *fake

	mu      sync.Mutex
	files   map[string][]byte
	batches []map[string]any
	looks   map[string]int
	asked   map[string]int // number of batches with each custom_id

	endAfter int                                                     // number of polls before a batch is done
	spoil    func(number int, id string, body []byte) map[string]any // replaces a line of the output; nil keeps the answer
	onCreate func()                                                  // called before a batch's identifier is returned
	lose     bool                                                    // the identifier of the next batch is lost
	status   string                                                  // status of a finished batch
}

func newBatchFake(t *testing.T) *batchFake {
	b := &batchFake{fake: newFake(t), files: map[string][]byte{}, looks: map[string]int{}, asked: map[string]int{}, status: "completed"}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/files", b.upload)
	mux.HandleFunc("GET /v1/files/{id}/content", func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		defer b.mu.Unlock()
		_, _ = w.Write(b.files[r.PathValue("id")])
	})
	mux.HandleFunc("POST /v1/batches", b.create)
	mux.HandleFunc("GET /v1/batches/{id}", b.look)
	mux.HandleFunc("GET /v1/batches", func(w http.ResponseWriter, _ *http.Request) {
		b.mu.Lock()
		defer b.mu.Unlock()
		reply(w, map[string]any{"object": "list", "data": b.batches, "has_more": false})
	})
	mux.HandleFunc("POST /v1/chat/completions", b.fake.serve)
	b.Server = httptest.NewServer(mux)
	t.Cleanup(b.Close)
	return b
}

func reply(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}

func (b *batchFake) upload(w http.ResponseWriter, r *http.Request) {
	file, _, err := r.FormFile("file")
	if err != nil || r.FormValue("purpose") != "batch" {
		http.Error(w, "no file", http.StatusBadRequest)
		return
	}
	content, _ := io.ReadAll(file)
	b.mu.Lock()
	defer b.mu.Unlock()
	id := fmt.Sprintf("file-%d", len(b.files))
	b.files[id] = content
	reply(w, map[string]any{"id": id, "object": "file", "bytes": len(content), "created_at": 1, "filename": "x", "purpose": "batch", "status": "processed"})
}

func (b *batchFake) create(w http.ResponseWriter, r *http.Request) {
	var in map[string]any
	_ = json.NewDecoder(r.Body).Decode(&in)
	b.mu.Lock()
	made := map[string]any{"id": fmt.Sprintf("batch-%d", len(b.batches)), "object": "batch", "endpoint": in["endpoint"], "input_file_id": in["input_file_id"],
		"completion_window": "24h", "status": "in_progress", "created_at": 1, "metadata": in["metadata"]}
	b.batches = append(b.batches, made)
	lose := b.lose
	b.lose = false
	b.mu.Unlock()
	if b.onCreate != nil {
		b.onCreate()
	}
	if lose {
		if connection, _, err := w.(http.Hijacker).Hijack(); err == nil {
			connection.Close()
		}
		return
	}
	reply(w, made)
}

func (b *batchFake) look(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	id := r.PathValue("id")
	for _, made := range b.batches {
		if made["id"] != id {
			continue
		}
		if b.looks[id]++; b.looks[id] > b.endAfter && made["status"] == "in_progress" {
			made["status"] = b.status
			made["output_file_id"] = b.answer(made["input_file_id"].(string))
		}
		reply(w, made)
		return
	}
	http.NotFound(w, r)
}

// answer writes the output file for an input file.
func (b *batchFake) answer(input string) string {
	var out bytes.Buffer
	lines := bufio.NewScanner(bytes.NewReader(b.files[input]))
	lines.Buffer(nil, 1<<24)
	for number := 1; lines.Scan(); number++ {
		var line struct {
			ID   string          `json:"custom_id"`
			Body json.RawMessage `json:"body"`
		}
		_ = json.Unmarshal(lines.Bytes(), &line)
		b.asked[line.ID]++
		result := map[string]any{"custom_id": line.ID, "response": map[string]any{"status_code": 200, "body": json.RawMessage(
			b.fake.response(string(line.Body), "", rand.New(rand.NewPCG(uint64(number), uint64(len(b.files))))))}}
		if b.spoil != nil {
			if odd := b.spoil(number, line.ID, line.Body); odd != nil {
				result = odd
			}
		}
		_ = json.NewEncoder(&out).Encode(result)
	}
	id := fmt.Sprintf("file-%d", len(b.files))
	b.files[id] = out.Bytes()
	return id
}

func batchSettings(t *testing.T, b *batchFake, sentences int) Settings {
	o := settings(t, nil, sentences)
	o.BaseURL, o.Batch, o.BatchPoll = b.URL+"/v1", true, time.Millisecond
	return o
}

// check expects every question in one batch, and single questions asked individually.
func (b *batchFake) check(t *testing.T, single int) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, times := range b.asked {
		if times > 1 {
			t.Errorf("question %s was in %d batches", id, times)
		}
	}
	if requests, _ := b.fake.counts(); requests != single {
		t.Errorf("%d questions were asked one by one, want %d", requests, single)
	}
}

func TestBatchWritesTheCorpus(t *testing.T) {
	tax := manySkills(t, 100)
	b := newBatchFake(t)
	b.endAfter = 3
	o := batchSettings(t, b, 200)
	text, report := generate(t, tax, o)
	if lines := strings.Count(text, "\n"); lines != 200 || !report.Complete || report.Answers == 0 || report.Run.Answers != report.Answers {
		t.Errorf("%d sentences, %+v", lines, report)
	}
	b.check(t, 0)
	again, replayed := generate(t, tax, o)
	if again != text || replayed.Run.Answers != 0 || len(b.batches) == 0 {
		t.Errorf("from the journal: equal %v, %d answers asked for", again == text, replayed.Run.Answers)
	}
}

// TestBatchLeavesSomeOver checks that unanswered questions of a batch are asked individually. The batch has
// refused lines, invalid lines and unrequested answers, or expires.
func TestBatchLeavesSomeOver(t *testing.T) {
	tax := manySkills(t, 60)
	b := newBatchFake(t)
	b.status = "expired"
	left := map[string]bool{}
	b.spoil = func(number int, id string, body []byte) map[string]any {
		odd := map[int]map[string]any{
			0: {"custom_id": id, "response": map[string]any{"status_code": 500, "body": map[string]any{"error": "x"}}},
			1: {"custom_id": id, "error": map[string]any{"message": "expired"}},
			2: {"custom_id": "stranger", "response": map[string]any{"status_code": 200, "body": map[string]any{}}},
			3: {"nothing": 1},
			4: {"custom_id": id, "response": map[string]any{"status_code": 200, "body": map[string]any{"choices": []any{}}}},
		}[number%10]
		if odd != nil {
			left[string(body)] = true
		}
		return odd
	}
	text, report := generate(t, tax, batchSettings(t, b, 100))
	if strings.Count(text, "\n") != 100 || !report.Complete {
		t.Errorf("%+v", report)
	}
	b.check(t, len(left))
}

// TestBatchSurvives checks that a run asks nothing twice if it is stopped while it waits or before it writes the
// identifier down.
func TestBatchSurvives(t *testing.T) {
	tax := manySkills(t, 60)
	b := newBatchFake(t)
	o := batchSettings(t, b, 100)
	b.endAfter = 1 << 30
	ctx, cancel := context.WithCancel(t.Context())
	b.onCreate = func() { time.AfterFunc(20*time.Millisecond, cancel) }
	if _, _, err := try(ctx, tax, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("stopped: %v", err)
	}
	b.onCreate, b.endAfter = nil, 0
	text, _ := generate(t, tax, o)
	if strings.Count(text, "\n") != 100 {
		t.Error("not all was written")
	}
	b.check(t, 0)

	lost := newBatchFake(t)
	lost.lose = true
	o = batchSettings(t, lost, 100)
	if _, _, err := try(t.Context(), tax, o); err == nil {
		t.Fatal("the connection broke: no error")
	}
	if text, _ := generate(t, tax, o); strings.Count(text, "\n") != 100 {
		t.Error("not all was written")
	}
	lost.check(t, 0)
}

func TestBatchKeepsTheBudget(t *testing.T) {
	tax := manySkills(t, 60)
	b := newBatchFake(t)
	o := batchSettings(t, b, 100)
	o.BudgetRequests = 7
	text, report := generate(t, tax, o)
	if report.Complete || report.Answers > 7 || report.Unasked == 0 || strings.Count(text, "\n") == 0 {
		t.Errorf("%+v", report)
	}
	if len(b.asked) > 7 {
		t.Errorf("%d questions asked", len(b.asked))
	}
}
