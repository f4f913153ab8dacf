package serve

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"skillspace/extract"
)

func TestExtract(t *testing.T) {
	f := start(t, true, nil)
	ad := "你负责开车。\n\nYou drive trucks 🚚 daily. Café duty: serve guests."
	got := as[ExtractResponse](t, f.do(t, "POST", "/v1/extract", fmt.Sprintf(`{"text": %q}`, ad)))
	if got.Model != "test" || got.SpanUnit != SpanUnit || len(got.Ads) != 1 || len(got.Ads[0].Sentences) != 3 || got.Usage.TotalTokens < 9 {
		t.Fatalf("%+v", got)
	}
	points := []rune(ad)
	for _, s := range got.Ads[0].Sentences {
		if string(points[s.Start:s.End]) != s.Text {
			t.Errorf("code points %d to %d are %q, want %q", s.Start, s.End, string(points[s.Start:s.End]), s.Text)
		}
		if s.FilterScore == nil || *s.FilterScore <= 0 || !s.Kept || len(s.Skills) != 3 || !strings.HasPrefix(s.Skills[0].URI, "http") || s.Skills[0].Score < s.Skills[1].Score {
			t.Errorf("%+v", s)
		}
	}
	got = as[ExtractResponse](t, f.do(t, "POST", "/v1/extract", `{"ads": [{"id": "a", "text": "You drive."}, {"text": ""}, {"id": "c", "text": "You speak. You write."}], "top_k": 1, "threshold": 0.2, "filter_threshold": 1}`))
	if len(got.Ads) != 3 || got.Ads[0].ID != "a" || got.Ads[1].Sentences == nil || len(got.Ads[1].Sentences) != 0 || len(got.Ads[2].Sentences) != 2 {
		t.Fatalf("%+v", got)
	}
	if s := got.Ads[0].Sentences[0]; s.Kept || s.Skills == nil || len(s.Skills) != 0 {
		t.Errorf("a filter that demands certainty keeps %+v", s)
	}
}

// Offsets of a sentence with markup are those of the ad. A sentence without clauses that the model cannot read whole is cut, and that
// is said and counted.
func TestMarkupAndCuts(t *testing.T) {
	f := start(t, false, nil)
	ad := "<p>Café: du&shy;ty &amp; <b>serving</b>.</p><p>" + strings.Repeat("bread ", 100) + "</p>"
	got := as[ExtractResponse](t, f.do(t, "POST", "/v1/extract", fmt.Sprintf(`{"text": %q}`, ad)))
	sentences := got.Ads[0].Sentences
	if sentences[0].Text != "Café: du&shy;ty &amp; <b>serving</b>." || sentences[0].Clean != "Café: duty & serving." || sentences[0].Part != 0 {
		t.Errorf("%+v", sentences[0])
	}
	cuts, points := 0, []rune(ad)
	for i, s := range sentences {
		if string(points[s.Start:s.End]) != s.Text {
			t.Errorf("code points %d to %d are %q, want %q", s.Start, s.End, string(points[s.Start:s.End]), s.Text)
		}
		if i > 0 && s.Part != i {
			t.Errorf("part %d is %+v", i, s)
		}
		if s.Cut {
			cuts++
		}
	}
	if cuts < 5 || cuts != len(sentences)-2 {
		t.Errorf("%d cuts in %d sentences", cuts, len(sentences))
	}
	embedded := as[EmbedResponse](t, f.do(t, "POST", "/v1/embed", fmt.Sprintf(`{"input": ["Bread.", %q]}`, strings.Repeat("bread ", 100))))
	if embedded.Data[0].Cut || !embedded.Data[1].Cut {
		t.Errorf("%v and %v", embedded.Data[0].Cut, embedded.Data[1].Cut)
	}
	if line := fmt.Sprintf("skillspace_cuts_total %d\n", cuts+1); !strings.Contains(string(f.do(t, "GET", "/metrics", "").body), line) {
		t.Errorf("no %s", line)
	}
}

// A sentence has the same result alone and in a batch with other requests.
func TestBatchEqualsSingle(t *testing.T) {
	f := start(t, true, func(s *Settings) { s.Limits.BatchTokens = 200 })
	ads := make([]string, 24)
	want := make([][]extract.Found, len(ads))
	for i := range ads {
		ads[i] = strings.Repeat(fmt.Sprintf("You drive truck %d. ", i), i%5+1) + "你会开车。 We pay well and offer a canteen, a gym, and much more besides!"
		var err error
		if want[i], err = f.extractor.Extract(t.Context(), ads[i], extract.Criteria{TopK: 3, Threshold: -1}); err != nil {
			t.Fatal(err)
		}
	}
	var group sync.WaitGroup
	for i, ad := range ads {
		group.Go(func() {
			got := as[ExtractResponse](t, f.do(t, "POST", "/v1/extract", fmt.Sprintf(`{"text": %q}`, ad)))
			sentences := got.Ads[0].Sentences
			if len(sentences) != len(want[i]) {
				t.Errorf("ad %d: %d sentences, want %d", i, len(sentences), len(want[i]))
				return
			}
			for j, s := range sentences {
				w := want[i][j]
				if s.Text != w.Sentence.Text || math.Abs(float64(*s.FilterScore-w.Probability)) > 1e-5 || len(s.Skills) != len(w.Skills) {
					t.Errorf("ad %d: %+v, want %+v", i, s, w)
					continue
				}
				for k, skill := range s.Skills {
					if math.Abs(float64(skill.Score-w.Skills[k].Score)) > 1e-5 {
						t.Errorf("ad %d, sentence %d: %v, want %v", i, j, skill.Score, w.Skills[k].Score)
					}
				}
			}
		})
	}
	group.Wait()
}

func TestEmbed(t *testing.T) {
	f := start(t, false, nil)
	texts := []string{"You drive trucks.", "你会开车。"}
	want, err := f.extractor.Embedder.Embed(t.Context(), texts, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := as[EmbedResponse](t, f.do(t, "POST", "/v1/embed", `{"input": ["You drive trucks.", "你会开车。"], "model": "text-embedding-3-small", "user": "x"}`))
	if got.Object != "list" || got.Model != "test" || len(got.Data) != 2 || got.Usage.PromptTokens < 6 || got.Usage.PromptTokens != got.Usage.TotalTokens {
		t.Fatalf("%+v", got)
	}
	for i, e := range got.Data {
		vector := e.Embedding.([]any)
		if e.Index != i || e.Object != "embedding" || len(vector) != want.Dimension {
			t.Fatalf("%+v", e)
		}
		for k, v := range vector {
			if math.Abs(v.(float64)-float64(want.Row(i)[k])) > 1e-6 {
				t.Errorf("text %d, value %d: %v, want %v", i, k, v, want.Row(i)[k])
			}
		}
	}
	got = as[EmbedResponse](t, f.do(t, "POST", "/v1/embed", fmt.Sprintf(`{"input": "You drive trucks.", "encoding_format": "base64", "dimensions": %d}`, want.Dimension)))
	raw, err := base64.StdEncoding.DecodeString(got.Data[0].Embedding.(string))
	if err != nil || len(raw) != 4*want.Dimension {
		t.Fatal(len(raw), err)
	}
	if first := math.Float32frombits(binary.LittleEndian.Uint32(raw)); math.Abs(float64(first-want.Row(0)[0])) > 1e-6 {
		t.Errorf("%v, want %v", first, want.Row(0)[0])
	}
}

func TestSkills(t *testing.T) {
	f := start(t, false, nil)
	got := as[SkillsResponse](t, f.do(t, "GET", "/v1/skills?q=DRIVE&limit=2", ""))
	if len(got.Skills) != 2 || !strings.Contains(strings.ToLower(got.Skills[0].Label+got.Skills[0].Matched), "drive") || got.Skills[0].Score != nil {
		t.Errorf("%+v", got)
	}
	got = as[SkillsResponse](t, f.do(t, "GET", "/v1/skills?q=drive&mode=vector&limit=4", ""))
	if len(got.Skills) != 4 || got.Skills[0].Score == nil || *got.Skills[0].Score < *got.Skills[3].Score {
		t.Errorf("%+v", got)
	}
	got = as[SkillsResponse](t, f.do(t, "GET", "/v1/skills?q=no+such+skill+anywhere", ""))
	if got.Skills == nil || len(got.Skills) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestModel(t *testing.T) {
	f := start(t, true, nil)
	got := as[ModelResponse](t, f.do(t, "GET", "/v1/model", ""))
	if got.Model != "test" || got.Dimension != 32 || got.MaxLength != 64 || got.Skills != len(f.extractor.Index.Skills) || got.TopK != 3 || got.Threshold != -1 ||
		got.FilterThreshold == nil || *got.FilterThreshold != 0 {
		t.Errorf("%+v", got)
	}
}

func TestBadInput(t *testing.T) {
	f := start(t, false, func(s *Settings) { s.Limits.QueueTokens = 2000 })
	many := `{"ads": [` + strings.Repeat(`{"text": "x"},`, 256) + `{"text": "x"}]}`
	for name, c := range map[string]struct {
		path, body string
		status     int
		code       string
		field      string
	}{
		"empty":              {"/v1/extract", "", 400, "invalid_request", ""},
		"no JSON":            {"/v1/extract", "text=x", 400, "invalid_request", ""},
		"cut off":            {"/v1/extract", `{"text": "x"`, 400, "invalid_request", ""},
		"two values":         {"/v1/extract", `{"text": "x"} {}`, 400, "invalid_request", ""},
		"no UTF-8":           {"/v1/extract", "{\"text\": \"\xff\"}", 400, "invalid_request", ""},
		"unknown field":      {"/v1/extract", `{"text": "x", "treshold": 1}`, 400, "invalid_request", "treshold"},
		"another case":       {"/v1/extract", `{"TEXT": "x"}`, 400, "invalid_request", "TEXT"},
		"given twice":        {"/v1/extract", `{"text": "x", "text": "y"}`, 400, "invalid_request", "text"},
		"twice inside":       {"/v1/extract", `{"ads": [{"text": "x"}, {"text": "x", "text": "y"}]}`, 400, "invalid_request", "ads[1].text"},
		"deep":               {"/v1/extract", `{"ads": ` + strings.Repeat("[", 30_000) + `}`, 400, "invalid_request", "ads[0]"},
		"nothing":            {"/v1/extract", `{}`, 400, "invalid_request", "text"},
		"null":               {"/v1/extract", `{"text": null}`, 400, "invalid_request", "text"},
		"a list":             {"/v1/extract", `[]`, 400, "invalid_request", ""},
		"both":               {"/v1/extract", `{"text": "x", "ads": []}`, 400, "invalid_request", "text"},
		"no ads":             {"/v1/extract", `{"ads": []}`, 400, "invalid_request", "ads"},
		"many ads":           {"/v1/extract", many, 400, "invalid_request", "ads"},
		"no text in an ad":   {"/v1/extract", `{"ads": [{"text": "x"}, {"id": "a"}]}`, 400, "invalid_request", "ads[1].text"},
		"long id":            {"/v1/extract", `{"ads": [{"text": "x", "id": "` + strings.Repeat("x", 300) + `"}]}`, 400, "invalid_request", "ads[0].id"},
		"wrong type":         {"/v1/extract", `{"text": 7}`, 400, "invalid_request", "text"},
		"wrong type inside":  {"/v1/extract", `{"ads": [{"text": []}]}`, 400, "invalid_request", "ads[0].text"},
		"top_k":              {"/v1/extract", `{"text": "x", "top_k": 0}`, 400, "invalid_request", "top_k"},
		"top_k's type":       {"/v1/extract", `{"text": "x", "top_k": 1.5}`, 400, "invalid_request", "top_k"},
		"threshold":          {"/v1/extract", `{"text": "x", "threshold": 1.1}`, 400, "invalid_request", "threshold"},
		"no filter":          {"/v1/extract", `{"text": "x", "filter_threshold": 0.5}`, 400, "invalid_request", "filter_threshold"},
		"too many tokens":    {"/v1/extract", `{"text": "` + strings.Repeat("You drive. ", 1000) + `"}`, 413, "too_many_tokens", ""},
		"too large":          {"/v1/extract", `{"text": "` + strings.Repeat("x", 1<<16) + `"}`, 413, "body_too_large", ""},
		"no input":           {"/v1/embed", `{}`, 400, "invalid_request", "input"},
		"input of tokens":    {"/v1/embed", `{"input": [1, 2]}`, 400, "invalid_request", "input"},
		"empty input":        {"/v1/embed", `{"input": ["x", " "]}`, 400, "invalid_request", "input[1]"},
		"encoding":           {"/v1/embed", `{"input": "x", "encoding_format": "hex"}`, 400, "invalid_request", "encoding_format"},
		"dimensions":         {"/v1/embed", `{"input": "x", "dimensions": 7}`, 400, "invalid_request", "dimensions"},
		"no query":           {"GET /v1/skills?q=+", "", 400, "invalid_request", "q"},
		"limit":              {"GET /v1/skills?q=x&limit=101", "", 400, "invalid_request", "limit"},
		"mode":               {"GET /v1/skills?q=x&mode=fuzzy", "", 400, "invalid_request", "mode"},
		"parameter":          {"GET /v1/skills?q=x&offset=1", "", 400, "invalid_request", "offset"},
		"query is no UTF-8":  {"GET /v1/skills?q=%ff", "", 400, "invalid_request", "q"},
		"query is no query":  {"GET /v1/skills?q=%zz", "", 400, "invalid_request", ""},
		"no such path":       {"GET /v2/extract", "", 404, "not_found", ""},
		"no such method":     {"GET /v1/extract", "", 405, "method_not_allowed", ""},
		"a path's beginning": {"GET /v1", "", 404, "not_found", ""},
	} {
		method, path := http.MethodPost, c.path
		if rest, get := strings.CutPrefix(c.path, "GET "); get {
			method, path = http.MethodGet, rest
		}
		wantProblem(t, name, f.do(t, method, path, c.body), c.status, c.code, c.field)
	}
	if r := f.do(t, "GET", "/v1/extract", ""); r.header.Get("Allow") != "POST" {
		t.Errorf("Allow: %q", r.header.Get("Allow"))
	}
	wantProblem(t, "type of the body", f.do(t, "POST", "/v1/extract", `{"text": "x"}`, "Content-Type", "text/plain"), 415, "unsupported_media_type", "")
	wantProblem(t, "another site", f.do(t, "POST", "/v1/extract", `{"text": "x"}`, "Sec-Fetch-Site", "cross-site"), 403, "cross_origin", "")
	if got := as[ExtractResponse](t, f.do(t, "POST", "/v1/extract", `{"text": "You drive."}`)); len(got.Ads) != 1 || got.Ads[0].Sentences[0].FilterScore != nil {
		t.Errorf("after all that: %+v", got)
	}
}

func TestToken(t *testing.T) {
	f := start(t, false, func(s *Settings) { s.Token = "secret" })
	for _, authorization := range []string{"", "secret", "Bearer wrong", "Basic secret", "Bearer secret2", "Bearer"} {
		r := f.do(t, "POST", "/v1/extract", `{"text": "You drive."}`, "Authorization", authorization)
		wantProblem(t, authorization, r, 401, "unauthorized", "")
		if !strings.HasPrefix(r.header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("WWW-Authenticate: %q", r.header.Get("WWW-Authenticate"))
		}
	}
	as[ExtractResponse](t, f.do(t, "POST", "/v1/extract", `{"text": "You drive."}`, "Authorization", "bearer secret"))
	as[StatusResponse](t, f.do(t, "GET", "/healthz", ""))
	as[StatusResponse](t, f.do(t, "GET", "/readyz", ""))
}

func TestRequestIDs(t *testing.T) {
	f := start(t, false, nil)
	for given, kept := range map[string]bool{"abc-1.2_3:4": true, "": false, "two words": false, "a\"b": false, strings.Repeat("x", 129): false} {
		r := f.do(t, "POST", "/v1/extract", `{"text": "You drive a secret truck."}`, "X-Request-Id", given)
		id := r.header.Get("X-Request-Id")
		if (id == given) != kept || !saneID.MatchString(id) {
			t.Errorf("%q became %q", given, id)
		}
		found := false
		for line := range strings.Lines(f.log.String()) {
			var entry struct {
				ID     string `json:"request_id"`
				Status int
				Tokens int
				Path   string
			}
			if err := json.Unmarshal([]byte(line), &entry); err != nil {
				t.Fatal(err)
			}
			found = found || entry.ID == id && entry.Status == 200 && entry.Tokens > 3 && entry.Path == "/v1/extract"
		}
		if !found {
			t.Errorf("%q is not in the log", id)
		}
	}
	if strings.Contains(f.log.String(), "secret truck") {
		t.Error("an ad is in the log")
	}
}

func TestMetrics(t *testing.T) {
	f := start(t, false, nil)
	as[ExtractResponse](t, f.do(t, "POST", "/v1/extract", `{"text": "You drive."}`))
	f.do(t, "POST", "/v1/extract", `{}`)
	f.do(t, "GET", "/made/up", "")
	text := string(f.do(t, "GET", "/metrics", "").body)
	for _, line := range []string{
		`skillspace_http_requests_total{method="POST",route="/v1/extract",status="200"} 1`,
		`skillspace_http_requests_total{method="POST",route="/v1/extract",status="400"} 1`,
		`skillspace_http_requests_total{method="other",route="other",status="404"} 1`,
		`skillspace_http_request_duration_seconds_count{method="POST",route="/v1/extract"} 2`,
		`skillspace_rejected_total{code="invalid_request"} 1`,
		`skillspace_batch_tokens_count 1`, `skillspace_queue_requests 0`, `skillspace_queue_tokens 0`, `skillspace_queue_wait_seconds_count 1`,
		`skillspace_http_requests_in_flight 1`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no %s in\n%s", line, text)
		}
	}
	if !utf8.ValidString(text) || strings.Contains(text, "made/up") {
		t.Error("a client's path is a label")
	}
}
