package serve

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
)

// A ranking has the cosines of the embeddings, the highest first, in each of the three forms.
func TestRank(t *testing.T) {
	f := start(t, false, nil)
	texts := []string{"bake bread", "drive vehicles", "You drive trucks."}
	vectors, err := f.extractor.Embedder.Embed(t.Context(), append([]string{"You drive trucks."}, texts...), nil)
	if err != nil {
		t.Fatal(err)
	}
	check := func(name string, index int, score float32) {
		t.Helper()
		var want float64
		for k, v := range vectors.Row(0) {
			want += float64(v) * float64(vectors.Row(index + 1)[k])
		}
		if math.Abs(float64(score)-want) > 1e-5 {
			t.Errorf("%s: text %d scores %v, want %v", name, index, score, want)
		}
	}
	got := as[RankResponse](t, f.do(t, "POST", "/v1/rank", `{"query": "You drive trucks.", "texts": ["bake bread", "drive vehicles", "You drive trucks."], "return_texts": true}`))
	if len(got.Results) != 3 || got.Results[0].Index != 2 || got.Results[0].Score < got.Results[1].Score || got.Results[1].Score < got.Results[2].Score || got.Model != "test" || got.Usage.TotalTokens < 8 {
		t.Fatalf("%+v", got)
	}
	for _, r := range got.Results {
		check("/v1/rank", r.Index, r.Score)
		if r.Text == nil || *r.Text != texts[r.Index] {
			t.Errorf("%+v", r)
		}
	}
	if one := as[RankResponse](t, f.do(t, "POST", "/v1/rank", `{"query": "a", "texts": ["b", "c"], "top_n": 1}`)); len(one.Results) != 1 || one.Results[0].Text != nil {
		t.Errorf("%+v", one)
	}
	var list []RankResult
	r := f.do(t, "POST", "/rerank", `{"query": "You drive trucks.", "texts": ["bake bread", "drive vehicles"], "raw_scores": false, "truncate": true, "truncation_direction": "Right"}`)
	if err := json.Unmarshal(r.body, &list); err != nil || len(list) != 2 {
		t.Fatalf("%v: %s", err, r.body)
	}
	check("/rerank", list[0].Index, list[0].Score)
	cohere := as[CohereResponse](t, f.do(t, "POST", "/v2/rerank", `{"model": "rerank-v3.5", "query": "You drive trucks.", "documents": ["bake bread", "drive vehicles"], "top_n": 1}`, "X-Request-Id", "r7"))
	if len(cohere.Results) != 1 || cohere.ID != "r7" {
		t.Fatalf("%+v", cohere)
	}
	check("/v2/rerank", cohere.Results[0].Index, cohere.Results[0].RelevanceScore)
}

func TestRankRefuses(t *testing.T) {
	f := start(t, false, func(s *Settings) { s.Token, s.MaxBodyBytes, s.MaxResponseBytes = "secret", 1<<20, 1<<12 })
	authorised := []string{"Authorization", "Bearer secret"}
	many := `["x"` + strings.Repeat(`,"x"`, maxCandidates) + `]`
	for name, c := range map[string]struct{ path, body, field string }{
		"no query":       {"/v1/rank", `{"texts": ["a"]}`, "query"},
		"no texts":       {"/v1/rank", `{"query": "a"}`, "texts"},
		"an empty text":  {"/rerank", `{"query": "a", "texts": ["a", " "]}`, "texts[1]"},
		"many texts":     {"/v1/rank", `{"query": "a", "texts": ` + many + `}`, "texts"},
		"a wrong number": {"/v2/rerank", `{"query": "a", "documents": ["a"], "top_n": 0}`, "top_n"},
	} {
		wantProblem(t, name, f.do(t, "POST", c.path, c.body, authorised...), 400, "invalid_request", c.field)
	}
	body := fmt.Sprintf(`{"query": "a", "texts": [%q]}`, strings.Repeat("bread ", 200))
	wantProblem(t, "a large response", f.do(t, "POST", "/v1/rank", body, authorised...), 413, "response_too_large", "")
	for _, path := range []string{"/v1/rank", "/rerank", "/v2/rerank"} {
		wantProblem(t, path+" without the token", f.do(t, "POST", path, `{"query": "a", "texts": ["a"]}`), 401, "unauthorized", "")
	}
}

func TestModels(t *testing.T) {
	f := start(t, false, nil)
	if got := as[ModelsResponse](t, f.do(t, "GET", "/v1/models", "")); got.Object != "list" || len(got.Data) != 1 || got.Data[0].ID != "test" || got.Data[0].Object != "model" || got.Data[0].Created < 1e9 {
		t.Errorf("%+v", got)
	}
}
