package fluency

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// bigrams is a language model that knows which words follow each other. All other successions are unlikely.
type bigrams map[string]bool

func newBigrams(texts ...string) bigrams {
	b := bigrams{}
	for _, text := range texts {
		words := strings.Fields(text)
		for i := 1; i < len(words); i++ {
			b[words[i-1]+" "+words[i]] = true
		}
	}
	return b
}

const likely, unlikely = -0.5, -6.0

func (b bigrams) after(before, word string) float64 {
	if b[before+" "+word] {
		return likely
	}
	return unlikely
}

// server echoes prompts word by word, with values in the given alignment. odd, if not nil, spoils the response.
func (b bigrams) server(t *testing.T, a Alignment, odd func(tokens []string, body map[string]any)) *Model {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Prompt string `json:"prompt"`
			Echo   bool   `json:"echo"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || !in.Echo || r.URL.Path != "/v1/completions" {
			t.Errorf("%s: %+v, %v", r.URL.Path, in, err)
		}
		words := strings.Fields(in.Prompt)
		values, top := make([]any, len(words)), make([]any, len(words))
		for i := 1; i < len(words); i++ {
			own, next := b.after(words[i-1], words[i]), map[string]float64{words[i]: -30}
			if a == Direct {
				values[i], top[i] = own, map[string]float64{words[i]: own}
				continue
			}
			values[i] = -30.0
			if i+1 < len(words) && b.after(words[i], words[i+1]) == likely {
				next[words[i+1]] = likely
			} else {
				next["something"] = unlikely
			}
			top[i] = next
		}
		logprobs := map[string]any{"tokens": words, "token_logprobs": values, "top_logprobs": top, "text_offset": make([]int, len(words))}
		if odd != nil {
			odd(words, logprobs)
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"id": "1", "object": "text_completion", "created": 1, "model": "bigrams",
			"choices": []any{map[string]any{"text": in.Prompt, "index": 0, "finish_reason": "length", "logprobs": logprobs}},
			"usage":   map[string]int{"prompt_tokens": len(words), "completion_tokens": 1, "total_tokens": len(words) + 1}})
	}))
	t.Cleanup(s.Close)
	return &Model{BaseURL: s.URL + "/v1", Name: "bigrams", Top: 3, Concurrency: 2, Timeout: 5 * time.Second}
}

func TestScoresUnderBothAlignments(t *testing.T) {
	model := newBigrams(append(known, "you plan the routes of trucks")...)
	for _, a := range []Alignment{Direct, OffByOne} {
		s, err := New(t.Context(), *model.server(t, a, nil))
		if err != nil || s.Alignment != a {
			t.Fatalf("%s: found %q, %v", a, s.Alignment, err)
		}
		calls := 0
		scores, err := s.Score(t.Context(), []string{"you plan the routes of trucks", "trucks of routes the plan you"}, func() { calls++ })
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []float64{likely, unlikely} {
			if got := scores[i]; got.Tokens != 4 || math.Abs(got.LogProbability-4*want) > 1e-9 || math.Abs(got.Perplexity()-math.Exp(-want)) > 1e-9 {
				t.Errorf("%s: %+v, want a mean of %v", a, got, want)
			}
		}
		if short, err := s.Score(t.Context(), []string{"trucks", "drive trucks"}, nil); err != nil || short[0] != (Score{}) || short[1] != (Score{}) {
			t.Errorf("%s: texts too short to be scored: %+v, %v", a, short, err)
		}
		if a == OffByOne && (scores[0].Beyond != 0 || scores[1].Beyond != 4) {
			t.Errorf("beyond the list: %+v", scores)
		}
	}
}

// TestServersThatCannotBeTrusted checks that a server is rejected if its values do not depend on the order or are
// missing.
func TestServersThatCannotBeTrusted(t *testing.T) {
	model := newBigrams(known...)
	for name, c := range map[string]struct {
		odd  func(tokens []string, body map[string]any)
		want string
	}{
		"noise": {func(tokens []string, body map[string]any) {
			values, top := make([]any, len(tokens)), make([]any, len(tokens))
			for i := range tokens {
				values[i], top[i] = -2.0, map[string]float64{"x": -2}
			}
			body["token_logprobs"], body["top_logprobs"] = values, top
		}, "cannot be trusted"},
		"none": {func(_ []string, body map[string]any) { delete(body, "top_logprobs") }, "0 lists of likely tokens"},
		"positive": {func(tokens []string, body map[string]any) {
			body["token_logprobs"].([]any)[2] = 3.0
			body["top_logprobs"].([]any)[1] = map[string]float64{tokens[2]: 3}
		}, "cannot be trusted"},
		"a text": {func(_ []string, body map[string]any) { body["token_logprobs"] = "many" }, "log-probabilities"},
	} {
		if _, err := New(t.Context(), *model.server(t, Direct, c.odd)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := New(t.Context(), Model{BaseURL: "http://127.0.0.1:1/v1", Timeout: time.Second}); err == nil {
		t.Error("no server: no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := New(ctx, *model.server(t, Direct, nil)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
