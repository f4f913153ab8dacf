package serve

import (
	"fmt"
	"math"
	"unicode/utf8"

	"skillspace/extract"
	"skillspace/index"
)

// SpanUnit is what Start and End of a [SentenceResult] count: as Python's strings do, and JavaScript's Array.from.
const SpanUnit = "unicode_code_point"

const (
	maxAds     = 256 // of one request
	maxIDBytes = 256
	maxTopK    = 100
)

// ExtractRequest asks for the skills of one ad (Text) or several (Ads). What is nil is as the server was started with.
type ExtractRequest struct {
	Text            *string  `json:"text,omitempty"`
	Ads             []Ad     `json:"ads,omitempty"`
	TopK            *int     `json:"top_k,omitempty"`
	Threshold       *float64 `json:"threshold,omitempty"`
	FilterThreshold *float64 `json:"filter_threshold,omitempty"`
}

// Ad is one ad of a request.
type Ad struct {
	ID   string  `json:"id,omitempty"` // comes back with the result
	Text *string `json:"text"`
}

// ExtractResponse has a result for each ad, in order.
type ExtractResponse struct {
	Model    string     `json:"model"`
	SpanUnit string     `json:"span_unit"`
	Ads      []AdResult `json:"ads"`
	Usage    Usage      `json:"usage"`
}

// AdResult holds an ad's sentences in their order.
type AdResult struct {
	ID        string           `json:"id,omitempty"`
	Sentences []SentenceResult `json:"sentences"`
}

// SentenceResult is a sentence of an ad. It has skills if the filter kept it.
type SentenceResult struct {
	Text        string       `json:"text"`
	Start       int          `json:"start"` // first code point in the ad's text
	End         int          `json:"end"`   // the one after the last
	FilterScore *float32     `json:"filter_score,omitempty"`
	Kept        bool         `json:"kept"`
	Skills      []SkillMatch `json:"skills"`
}

// SkillMatch is a skill of a sentence.
type SkillMatch struct {
	URI   string  `json:"uri"`
	Label string  `json:"label"`
	Score float32 `json:"score"` // cosine, -1 to 1
}

// Usage counts tokens as OpenAI's API does, where prompt and total are one for what writes nothing.
type Usage struct {
	PromptTokens int `json:"prompt_tokens"`
	TotalTokens  int `json:"total_tokens"`
}

// extract answers POST /v1/extract.
func (s *service) extract(c call) (any, error) {
	var request ExtractRequest
	if err := decode(c.Request, &request); err != nil {
		return nil, err
	}
	ads, err := request.ads()
	if err != nil {
		return nil, err
	}
	options, err := request.options(c.settings.Extract, s.extractor.Filter != nil)
	if err != nil {
		return nil, err
	}
	prepared := make([]extract.Ad, len(ads))
	tokens := 0
	for i, ad := range ads {
		if prepared[i], err = s.extractor.Prepare(c.Context(), *ad.Text, options); err != nil {
			return nil, err
		}
		tokens += prepared[i].Tokens()
	}
	count(c.Request, tokens)
	found, err := s.queue.Extract(c.Context(), prepared)
	if err != nil {
		return nil, err
	}
	response := ExtractResponse{Model: c.settings.ModelName, SpanUnit: SpanUnit, Ads: make([]AdResult, len(ads)), Usage: Usage{tokens, tokens}}
	for i, ad := range ads {
		response.Ads[i] = AdResult{ad.ID, s.sentences(*ad.Text, found[i])}
	}
	return response, nil
}

// ads returns the ads of a request.
func (r *ExtractRequest) ads() ([]Ad, error) {
	switch {
	case r.Text != nil && r.Ads != nil:
		return nil, invalid("text", "give text or ads, not both")
	case r.Text != nil:
		return []Ad{{Text: r.Text}}, nil
	case r.Ads == nil:
		return nil, invalid("text", "is missing; it holds the ad (or give ads)")
	case len(r.Ads) == 0:
		return nil, invalid("ads", "is empty")
	case len(r.Ads) > maxAds:
		return nil, invalid("ads", "has %d ads; want at most %d", len(r.Ads), maxAds)
	}
	for i, ad := range r.Ads {
		if ad.Text == nil {
			return nil, invalid(fmt.Sprintf("ads[%d].text", i), "is missing")
		}
		if len(ad.ID) > maxIDBytes {
			return nil, invalid(fmt.Sprintf("ads[%d].id", i), "has %d bytes; want at most %d", len(ad.ID), maxIDBytes)
		}
	}
	return r.Ads, nil
}

// options returns the server's with what a request changes.
func (r *ExtractRequest) options(o extract.Criteria, filtered bool) (extract.Criteria, error) {
	if r.TopK != nil {
		if o.TopK = *r.TopK; o.TopK < 1 || o.TopK > maxTopK {
			return o, invalid("top_k", "is %d; want 1 to %d", o.TopK, maxTopK)
		}
	}
	if t := r.Threshold; t != nil {
		if math.Abs(*t) > 1 {
			return o, invalid("threshold", "is %v; want -1 to 1", *t)
		}
		o.Threshold = float32(*t)
	}
	if t := r.FilterThreshold; t != nil {
		if !filtered {
			return o, invalid("filter_threshold", "is of no use: this server has no filter")
		}
		if *t < 0 || *t > 1 {
			return o, invalid("filter_threshold", "is %v; want 0 to 1", *t)
		}
		o.FilterThreshold = t
	}
	return o, nil
}

// sentences renders what was found in an ad.
func (s *service) sentences(text string, found []extract.Found) []SentenceResult {
	sentences := make([]SentenceResult, len(found))
	bytes, points := 0, 0 // sentences ascend, so the text is counted once
	at := func(offset int) int {
		points += utf8.RuneCountInString(text[bytes:offset])
		bytes = offset
		return points
	}
	for i, f := range found {
		out := SentenceResult{Text: f.Sentence.Text, Start: at(f.Sentence.Start), End: at(f.Sentence.End), Kept: f.Kept, Skills: make([]SkillMatch, len(f.Skills))}
		if s.extractor.Filter != nil {
			out.FilterScore = &found[i].Probability
		}
		for k, match := range f.Skills {
			out.Skills[k] = s.skill(match)
		}
		sentences[i] = out
	}
	return sentences
}

func (s *service) skill(m index.Match) SkillMatch {
	skill := s.extractor.Index.Skills[m.Skill]
	return SkillMatch{skill.URI, skill.PreferredLabel, m.Score}
}
