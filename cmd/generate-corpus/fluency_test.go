package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// offByOne is a server that lists beside a token what may follow it. It knows the order of the words of the first texts it is asked for, which
// are those that it is checked with, and expects "something" elsewhere.
func offByOne(t *testing.T) string {
	t.Helper()
	var lock sync.Mutex
	asked, follows := 0, map[string]bool{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Prompt string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		lock.Lock()
		defer lock.Unlock()
		words := strings.Fields(in.Prompt)
		if asked++; asked <= 3 {
			for i := 1; i < len(words); i++ {
				follows[words[i-1]+" "+words[i]] = true
			}
		}
		values, top := make([]any, len(words)), make([]any, len(words))
		for i := 1; i < len(words); i++ {
			values[i], top[i] = -30.0, map[string]float64{"something": -5}
			if i+1 < len(words) && follows[words[i]+" "+words[i+1]] {
				top[i] = map[string]float64{words[i+1]: -0.5, "something": -5}
			}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"choices": []any{map[string]any{"text": in.Prompt, "logprobs": map[string]any{
			"tokens": words, "token_logprobs": values, "top_logprobs": top}}}, "usage": map[string]int{"prompt_tokens": len(words)}})
	}))
	t.Cleanup(s.Close)
	return s.URL + "/v1"
}

// What a server does not list makes a perplexity too low, and the comparison says by how many tokens.
func TestCompareSaysWhatFluencyLacks(t *testing.T) {
	a, b := corpora(t)
	out, err := execute(t, "compare", a, b, "--set", "taxonomy="+ontology, "--set", "sample=100", "--set", "fluency.base_url="+offByOne(t), "--set", "fluency.model=x",
		"--set", "fluency.sentences=20", "--set", "fluency.reference="+filepath.Join("..", "..", "examples", "sentences.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{ // a few pairs of words of the reference are among those that the server knows
		"too low, as 100.0% of the tokens were not among the 200 likely ones", "Perplexity of sentences.jsonl: 146", "too low, as 99.6% of the tokens", "read as off by one",
	} {
		if strings.Count(out, want) != 1 {
			t.Errorf("want %q once in\n%s", want, out)
		}
	}
}
