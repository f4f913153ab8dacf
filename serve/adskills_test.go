package serve

import (
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"skillspace/extract"
)

// With level "ad" each skill comes once, with the places of its sentences in the ad and its groups. It is what the sentences say.
func TestExtractByAd(t *testing.T) {
	f := start(t, true, nil)
	ad := "<p>You drive trucks 🚚 daily.</p><p>Café duty: serve &amp; smile.</p><p>You drive trucks 🚚 daily.</p>"
	got := as[ExtractResponse](t, f.do(t, "POST", "/v1/extract", fmt.Sprintf(`{"text": %q, "level": "ad"}`, ad))).Ads[0]
	sentences := as[ExtractResponse](t, f.do(t, "POST", "/v1/extract", fmt.Sprintf(`{"text": %q, "level": "sentence"}`, ad))).Ads[0].Sentences
	if got.SentenceCount == nil || *got.SentenceCount != len(sentences) || got.KeptCount == nil || *got.KeptCount != len(sentences) || got.Sentences != nil {
		t.Fatalf("%+v", got)
	}
	mentions := map[string]int{}
	for _, s := range sentences {
		for _, skill := range s.Skills {
			mentions[skill.URI]++
		}
	}
	if len(got.Skills) != len(mentions) || !slices.IsSortedFunc(got.Skills, func(a, b AdSkill) int { return int(1e6 * (b.Score - a.Score)) }) {
		t.Errorf("%d skills, want %d, best first: %+v", len(got.Skills), len(mentions), got.Skills)
	}
	points := []rune(ad)
	clean := false
	for _, s := range got.Skills {
		if len(s.Mentions) != mentions[s.URI] || len(s.Groups) == 0 || s.Groups[0].Level != 1 || s.Label == "" {
			t.Errorf("%d mentions in the sentences: %+v", mentions[s.URI], s)
		}
		best := float32(-1)
		for _, m := range s.Mentions {
			best = max(best, m.Score)
			clean = clean || m.Clean == "Café duty: serve & smile."
			if string(points[m.Start:m.End]) != m.Text {
				t.Errorf("code points %d to %d are %q, want %q", m.Start, m.End, string(points[m.Start:m.End]), m.Text)
			}
		}
		if best != s.Score {
			t.Errorf("score %v, its best sentence has %v", s.Score, best)
		}
	}
	if !clean {
		t.Error("no mention has the text that the model read")
	}
	none := as[ExtractResponse](t, f.do(t, "POST", "/v1/extract", `{"text": "", "level": "ad"}`)).Ads[0]
	if *none.SentenceCount != 0 || none.Skills == nil || len(none.Skills) != 0 {
		t.Errorf("an empty ad: %+v", none)
	}
	wantProblem(t, "level", f.do(t, "POST", "/v1/extract", `{"text": "a", "level": "page"}`), 400, "invalid_request", "level")
}

// The groups of each skill of a response come once, and only if they are asked for.
func TestGroupsOfSentences(t *testing.T) {
	f := start(t, false, nil)
	got := as[ExtractResponse](t, f.do(t, "POST", "/v1/extract", `{"ads": [{"text": "You drive. You drive."}, {"text": "You write."}], "groups": true}`))
	named := map[string]bool{}
	for _, ad := range got.Ads {
		for _, s := range ad.Sentences {
			for _, skill := range s.Skills {
				named[skill.URI] = true
			}
		}
	}
	for _, g := range got.Groups {
		if !named[g.URI] || len(g.Groups) == 0 {
			t.Errorf("%+v", g)
		}
		delete(named, g.URI)
	}
	if len(got.Groups) == 0 || len(named) != 0 {
		t.Errorf("%d lists of groups, none for %v", len(got.Groups), named)
	}
	if without := as[ExtractResponse](t, f.do(t, "POST", "/v1/extract", `{"text": "You drive."}`)); without.Groups != nil {
		t.Errorf("%+v", without.Groups)
	}
}

// No response is larger than its estimate, whatever it lists.
func TestResponseEstimates(t *testing.T) {
	f := start(t, true, func(s *Settings) { s.MaxResponseBytes = 1 << 40; s.MaxMemoryBytes = 1 << 40 })
	s := f.server.loaded.Load()
	for name, text := range map[string]string{"short": strings.Repeat("a\n\n", 50), "escapes": strings.Repeat("<b>&lt;&gt;&amp;\x01</b> \"\\\" <i>bread</i>\n\n", 20), "long": strings.Repeat("You drive trucks across Europe. ", 20)} {
		for _, c := range []struct{ byAd, groups bool }{{false, false}, {false, true}, {true, false}, {true, true}} {
			const topK = 20
			request := map[string]any{"text": text, "top_k": topK, "threshold": -1, "groups": c.groups, "level": "sentence"}
			if c.byAd {
				request["level"] = "ad"
			}
			body, err := json.Marshal(request)
			if err != nil {
				t.Fatal(err)
			}
			r := f.do(t, "POST", "/v1/extract", string(body))
			ad, err := f.extractor.Prepare(t.Context(), text, extract.Criteria{TopK: topK, Threshold: -1})
			if err != nil || r.status != 200 {
				t.Fatalf("%v, status %d: %s", err, r.status, r.body)
			}
			size := s.sizes(c.byAd, c.groups)
			if estimate := size.response(&ad, text, "", topK); int64(len(r.body)) > estimate+1000 { // and the frame of the response
				t.Errorf("%s, %+v: %d bytes, the estimate is %d", name, c, len(r.body), estimate)
			}
		}
	}
}

// Collecting the skills of an ad takes no more memory than is reserved for it.
func TestMentionMemory(t *testing.T) {
	x := newExtractor(t, true)
	const topK = 100
	found, err := x.Extract(t.Context(), strings.Repeat("a\n\n", 5000), extract.Criteria{TopK: topK, Threshold: -1})
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	skills := extract.ByAd(found)
	runtime.ReadMemStats(&after)
	if used, estimate := int64(after.TotalAlloc-before.TotalAlloc), int64(len(found)*topK*mentionMemory); used > estimate || len(skills) == 0 {
		t.Errorf("%d bytes, the estimate is %d", used, estimate)
	}
}
