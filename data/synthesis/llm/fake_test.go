package llm

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"skillspace/data/corpus"
	"skillspace/data/synthesis"
	"skillspace/data/taxonomy"
)

// fake is an OpenAI-compatible server. Its answers depend on the question only.
type fake struct {
	*httptest.Server
	mu       sync.Mutex
	asked    map[string]int // requests by body
	answered map[string]int // complete responses with an answer, by body

	fault func(r *rand.Rand) string                          // the fault of a request, "" for none; r is seeded with the body and the number of its requests
	say   func(number int, body string, r *rand.Rand) string // the sentence with a number; nil draws random words
	after func(answers int)                                  // called after each answer
	plain int                                                // status of refused requests with response_format; 0 accepts them
}

func newFake(t testing.TB) *fake {
	f := &fake{asked: map[string]int{}, answered: map[string]int{}}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	text := string(body)
	f.mu.Lock()
	times := f.asked[text]
	f.asked[text]++
	f.mu.Unlock()
	h := fnv.New64a()
	_, _ = h.Write(body)
	random := rand.New(rand.NewPCG(h.Sum64(), uint64(times)))
	fault := ""
	if f.fault != nil {
		fault = f.fault(random)
	}
	if f.plain != 0 && strings.Contains(text, "response_format") {
		w.WriteHeader(f.plain)
		fmt.Fprint(w, `{"error":{"message":"[{'loc': ('body', 'response_format', 'type'), 'msg': \"Input should be 'text' or 'json_object'\"}]"}}`)
		return
	}
	if misbehave(w, r, fault) {
		return
	}
	response := f.response(text, fault, random)
	w.Header().Set("Content-Type", "application/json")
	if fault == "torn" {
		w.Header().Set("Content-Length", fmt.Sprint(len(response)))
		_, _ = w.Write(response[:len(response)/2])
		return
	}
	f.mu.Lock()
	f.answered[text]++
	answers := len(f.answered)
	f.mu.Unlock()
	_, _ = w.Write(response)
	if f.after != nil {
		f.after(answers)
	}
}

// misbehave answers with a server or connection fault.
func misbehave(w http.ResponseWriter, r *http.Request, fault string) bool {
	switch fault {
	case "429":
		w.Header().Set("Retry-After-Ms", "3")
		w.WriteHeader(http.StatusTooManyRequests)
		fmt.Fprint(w, `{"error":{"message":"slow down","code":"rate_limit_exceeded"}}`)
	case "500":
		w.WriteHeader(http.StatusInternalServerError)
	case "502":
		w.WriteHeader(http.StatusBadGateway)
		fmt.Fprint(w, "<html>bad gateway</html>")
	case "close":
		connection, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			connection.Close()
		}
	case "stall":
		<-r.Context().Done()
	case "not JSON":
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"choices":[{"mess`)
	case "no choices":
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"choices":[]}`)
	case "a page":
		fmt.Fprint(w, "<html>log in</html>")
	default:
		return false
	}
	return true
}

var sentenceHeads = regexp.MustCompile(`(?:Sentence|句子) \d+\\n`)

// response writes the answer to a question, with the model's fault if there is one.
func (f *fake) response(body, fault string, random *rand.Rand) []byte {
	n := len(sentenceHeads.FindAllString(body, -1))
	say := f.say
	if say == nil {
		say = func(_ int, _ string, r *rand.Rand) string { return babble(r) }
	}
	sentences := map[string]string{}
	var lines []string
	for number := 1; number <= n; number++ {
		text := say(number, body, random)
		sentences[sentenceKey(number)] = text
		lines = append(lines, fmt.Sprintf("%d. %s", number, text))
	}
	finish := "stop"
	switch fault {
	case "count":
		sentences[sentenceKey(n+1)] = "One more sentence than asked for."
		lines = append(lines, fmt.Sprintf("%d. One more than asked.", n+1))
	case "missing":
		delete(sentences, sentenceKey(1))
		lines = lines[1:]
	}
	content := strings.Join(lines, "\n")
	if strings.Contains(body, "response_format") {
		text, _ := json.Marshal(sentences)
		content = string(text)
	}
	switch fault {
	case "cut":
		content, finish = content[:len(content)/2], "length"
	case "bad JSON":
		content = "{" + content
	case "declined":
		content, finish = "", "content_filter"
	}
	response, _ := json.Marshal(map[string]any{
		"id": "1", "object": "chat.completion", "model": "fake-1", "created": 1,
		"choices": []any{map[string]any{"index": 0, "finish_reason": finish, "message": map[string]any{"role": "assistant", "content": content}}},
		"usage":   map[string]any{"prompt_tokens": len(body) / 4, "completion_tokens": len(content) / 4, "total_tokens": (len(body) + len(content)) / 4},
	})
	return response
}

var syllables = strings.Fields("ba ken ti lor mus ran del pov sil gar net wim dro fal pek zon")

// babble returns a sentence that passes for English and resembles no other.
func babble(r *rand.Rand) string {
	words := []string{"You"}
	for range 9 {
		words = append(words, syllables[r.IntN(16)]+syllables[r.IntN(16)]+syllables[r.IntN(16)])
	}
	return strings.Join(words, " ") + "."
}

// twice returns the questions that were answered more than once.
func (f *fake) twice() (list []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for body, n := range f.answered {
		if n > 1 {
			list = append(list, body)
		}
	}
	return list
}

// counts returns the requests and the distinct questions answered so far.
func (f *fake) counts() (requests, answers int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, n := range f.asked {
		requests += n
	}
	return requests, len(f.answered)
}

func settings(t testing.TB, f *fake, sentences int) Settings {
	o := Settings{
		Corpus:  synthesis.Spec{Sentences: sentences, Seed: 1, Pairing: synthesis.Unconstrained, MinSkills: 1, MaxSkills: 3, NegativeShare: 0.1, Coverage: 1},
		BaseURL: "http://127.0.0.1:1/v1", Model: "fake", Structured: Auto, Temperature: 1, MaxTokens: 60, MaxTokensField: "max_tokens",
		Language: "en", PerCall: 2, Attempts: 8, MaxLeak: 0.1, NearDuplicate: 0.8, Journal: filepath.Join(t.TempDir(), "journal.jsonl"),
		Concurrency: 16, Timeout: 20 * time.Second, Retries: 12, Backoff: time.Millisecond,
	}
	if f != nil {
		o.BaseURL = f.URL + "/v1"
	}
	return o
}

// manySkills is a taxonomy of n skills without a hierarchy.
func manySkills(t testing.TB, n int) *taxonomy.Taxonomy {
	t.Helper()
	skills := make([]taxonomy.Skill, n)
	for i := range skills {
		skills[i] = taxonomy.Skill{
			URI: fmt.Sprintf("urn:skill:%d", i), PreferredLabel: fmt.Sprintf("handle matter number %d", i),
			AltLabels: []string{fmt.Sprintf("matter handling %d", i)}, Description: fmt.Sprintf("Take matter %d in hand.", i),
		}
	}
	tax, err := taxonomy.New(skills)
	if err != nil {
		t.Fatal(err)
	}
	return tax
}

// generate runs to the end and returns the corpus as it would be written.
func generate(t testing.TB, tax *taxonomy.Taxonomy, o Settings) (string, *Outcome) {
	t.Helper()
	text, report, err := try(context.Background(), tax, o)
	if err != nil {
		t.Fatal(err)
	}
	return text, report
}

func try(ctx context.Context, tax *taxonomy.Taxonomy, o Settings) (string, *Outcome, error) {
	var b strings.Builder
	report, err := Generate(ctx, tax, o, func(e corpus.Example) error {
		line, err := json.Marshal(e)
		fmt.Fprintf(&b, "%s\n", line)
		return err
	}, nil)
	return b.String(), report, err
}
