package serve

import (
	"encoding/json"
	"fmt"
	"math"

	"skillspace/data/taxonomy"
	"skillspace/extract"
	"skillspace/index"
)

// SpanUnit is the unit of Start and End of a [SentenceResult]. The strings of Python and JavaScript's Array.from have the same unit.
const SpanUnit = "unicode_code_point"

const (
	maxAds     = 256 // in a request
	maxIDBytes = 256
	maxTopK    = 100
)

// ExtractRequest asks for the skills of one ad (Text) or several (Ads). The server's settings replace nil values.
type ExtractRequest struct {
	Text            *string  `json:"text,omitempty"`
	Ads             []Ad     `json:"ads,omitempty"`
	TopK            *int     `json:"top_k,omitempty"`
	Threshold       *float64 `json:"threshold,omitempty"`
	FilterThreshold *float64 `json:"filter_threshold,omitempty"`
	Level           *string  `json:"level,omitempty"`  // "sentence" (default) or "ad"
	Groups          bool     `json:"groups,omitempty"` // whether the response lists the groups of its skills
}

// Ad is one ad of a request.
type Ad struct {
	ID   string  `json:"id,omitempty"` // is copied to the result
	Text *string `json:"text"`
}

// ExtractResponse has a result for each ad, in order.
type ExtractResponse struct {
	Model    string     `json:"model"`
	SpanUnit string     `json:"span_unit"`
	Ads      []AdResult `json:"ads"`

	Groups []SkillGroups `json:"groups,omitzero"` // of each skill of the response, if the request asks for them
	Usage  Usage         `json:"usage"`
}

// AdResult is the result of an ad: its sentences, in order, or with level "ad" its skills.
type AdResult struct {
	ID        string           `json:"id,omitempty"`
	Sentences []SentenceResult `json:"sentences,omitzero"` // always there with level "sentence"

	// With level "ad":
	SentenceCount *int      `json:"sentence_count,omitempty"` // number of the ad's sentences
	KeptCount     *int      `json:"kept_count,omitempty"`     // number of sentences that the filter kept
	Skills        []AdSkill `json:"skills,omitzero"`          // each skill once, best first
}

// SentenceResult is a sentence of an ad. It has skills if the filter kept it.
type SentenceResult struct {
	Text        string       `json:"text"`            // the ad's text from Start to End
	Clean       string       `json:"clean,omitempty"` // what the model read, where it differs: without markup, on one line
	Start       int          `json:"start"`           // the first code point in the ad's text
	End         int          `json:"end"`             // the code point after the last
	FilterScore *float32     `json:"filter_score,omitempty"`
	Part        int          `json:"part,omitempty"` // number of the clause in a sentence that is too long for the model; 0: a whole sentence
	Cut         bool         `json:"cut,omitempty"`  // the clause ends inside of another
	Kept        bool         `json:"kept"`
	Skills      []SkillMatch `json:"skills"`
}

// SkillMatch is a skill of a sentence.
type SkillMatch struct {
	URI   string  `json:"uri"`
	Label string  `json:"label"`
	Score float32 `json:"score"`         // -1 to 1
	Why   string  `json:"why,omitempty"` // label "SQL": the sentence contains a label of the skill
}

// Usage counts tokens. It has the fields of OpenAI's API. Both are the same number here, because nothing is generated.
type Usage struct {
	PromptTokens int `json:"prompt_tokens"`
	TotalTokens  int `json:"total_tokens"`
}

// extract answers POST /v1/extract.
func (s *service) extract(c call) (any, error) {
	var request ExtractRequest
	if err := decode(c.body, &request); err != nil {
		return nil, err
	}
	ads, err := request.ads()
	if err != nil {
		return nil, err
	}
	criteria, err := request.criteria(c.settings.Extract, s.extractor.Filter != nil)
	if err != nil {
		return nil, err
	}
	byAd, err := request.byAd()
	if err != nil {
		return nil, err
	}
	prepared, err := s.prepare(c, ads, criteria, s.sizes(byAd, request.Groups))
	if err != nil {
		return nil, err
	}
	tokens := 0
	for _, ad := range prepared {
		tokens += ad.Tokens()
		for _, sentence := range ad.Sentences {
			if sentence.Cut {
				countCut(c.Request)
			}
		}
	}
	countTokens(c.Request, tokens)
	found, err := s.queue.Extract(c.Context(), prepared)
	if err != nil {
		return nil, err
	}
	return &extractAnswer{s, c.settings.ModelName, ads, found, byAd, request.Groups, Usage{tokens, tokens}}, nil
}

// prepare splits ads and tokenises their sentences. It refuses a request whose response could be too large, and reserves the memory
// that the request will hold.
func (s *service) prepare(c call, ads []Ad, criteria extract.Criteria, size sizes) ([]extract.Ad, error) {
	select {
	case s.preparing <- struct{}{}:
		defer func() { <-s.preparing }()
	case <-c.Context().Done():
		return nil, c.Context().Err()
	}
	prepared := make([]extract.Ad, len(ads))
	response, memory := int64(0), bodyMemory(len(c.body))
	sentences := 0
	for i, ad := range ads {
		if err := c.Context().Err(); err != nil {
			return nil, err
		}
		var err error
		if prepared[i], err = s.extractor.Prepare(c.Context(), *ad.Text, criteria); err != nil {
			return nil, err
		}
		n := int64(len(prepared[i].Sentences))
		sentences += int(n)
		response += size.response(&prepared[i], *ad.Text, ad.ID, criteria.TopK)
		memory += n*(sentenceMemory+int64(criteria.TopK)*size.matchMemory()) + tokenMemory*int64(prepared[i].Tokens())
		advice := fmt.Sprintf("with a top_k of %d every sentence can have as many skills: lower top_k, or send the %d sentences in parts", criteria.TopK, sentences)
		if err := checkResponse(response, c.settings.MaxResponseBytes, advice); err != nil {
			return nil, err
		}
		if err := c.held.growTo(memory); err != nil {
			return nil, err
		}
	}
	return prepared, nil
}

// extractAnswer writes an ExtractResponse without building it.
type extractAnswer struct {
	service *service
	model   string
	ads     []Ad
	found   [][]extract.Found
	byAd    bool
	groups  bool
	usage   Usage
}

func (a *extractAnswer) writeTo(s *stream) {
	s.raw(`{"model":`)
	s.value(a.model)
	s.raw(`,"span_unit":"` + SpanUnit + `","ads":`)
	s.list(len(a.ads), func(i int) {
		s.raw("{")
		if id := a.ads[i].ID; id != "" {
			s.raw(`"id":`)
			s.value(id)
			s.raw(",")
		}
		if a.byAd {
			a.writeSkills(s, i)
		} else {
			a.writeSentences(s, i)
		}
		s.raw("}")
	})
	if a.groups {
		a.writeGroups(s)
	}
	s.raw(`,"usage":`)
	s.value(a.usage)
	s.raw("}")
}

func (a *extractAnswer) writeSentences(s *stream, ad int) {
	s.raw(`"sentences":`)
	results := sentenceResults{service: a.service, points: extract.CodePoints{Text: *a.ads[ad].Text}}
	s.list(len(a.found[ad]), func(k int) { s.value(results.next(&a.found[ad][k])) })
}

// ads returns the ads of a request.
func (r *ExtractRequest) ads() ([]Ad, error) {
	switch {
	case r.Text != nil && r.Ads != nil:
		return nil, invalid("text", "set text or ads, not both")
	case r.Text != nil:
		return []Ad{{Text: r.Text}}, nil
	case r.Ads == nil:
		return nil, invalid("text", "is missing; set it to the ad, or set ads")
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

// criteria returns the server's criteria with the changes of the request.
func (r *ExtractRequest) criteria(c extract.Criteria, filtered bool) (extract.Criteria, error) {
	if r.TopK != nil {
		if c.TopK = *r.TopK; c.TopK < 1 || c.TopK > maxTopK {
			return c, invalid("top_k", "is %d; want 1 to %d", c.TopK, maxTopK)
		}
	}
	if t := r.Threshold; t != nil {
		if math.Abs(*t) > 1 {
			return c, invalid("threshold", "is %v; want -1 to 1", *t)
		}
		c.Threshold = float32(*t)
	}
	if t := r.FilterThreshold; t != nil {
		if !filtered {
			return c, invalid("filter_threshold", "has no effect: this server has no filter")
		}
		if *t < 0 || *t > 1 {
			return c, invalid("filter_threshold", "is %v; want 0 to 1", *t)
		}
		c.FilterThreshold = t
	}
	return c, nil
}

// sentenceResults makes the results of an ad's sentences, in order.
type sentenceResults struct {
	service *service
	points  extract.CodePoints
}

func (r *sentenceResults) next(f *extract.Found) SentenceResult {
	result := SentenceResult{Text: f.Sentence.Text, Start: r.points.At(f.Sentence.Start), End: r.points.At(f.Sentence.End),
		Part: f.Sentence.Part, Cut: f.Sentence.Cut, Kept: f.Kept, Skills: make([]SkillMatch, len(f.Skills))}
	if f.Sentence.Clean != f.Sentence.Text {
		result.Clean = f.Sentence.Clean
	}
	if r.service.extractor.Filter != nil {
		result.FilterScore = &f.Probability
	}
	for k, match := range f.Skills {
		result.Skills[k] = r.service.skill(match)
	}
	return result
}

func (s *service) skill(m index.Match) SkillMatch {
	skill := s.extractor.Index.Skills[m.Skill]
	return SkillMatch{skill.URI, skill.PreferredLabel, m.Score, m.Why()}
}

// maxSkillBytes returns the size of the largest SkillMatch in JSON.
func maxSkillBytes(skills []taxonomy.Skill) int {
	largest := 0
	for _, skill := range skills {
		for _, list := range [][]string{{skill.PreferredLabel}, skill.AltLabels, skill.HiddenLabels} {
			for _, label := range list {
				text, err := json.Marshal(SkillMatch{skill.URI, skill.PreferredLabel, -0.12345678, index.Match{Label: label}.Why()})
				if err != nil {
					panic(err) // cannot happen: strings and a finite number
				}
				largest = max(largest, len(text)+1) // and a comma
			}
		}
	}
	return largest
}
