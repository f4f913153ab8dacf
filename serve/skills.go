package serve

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	defaultLimit = 10
	maxLimit     = 100
	maxQuery     = 1000 // bytes
)

// SkillsResponse lists skills, best first.
type SkillsResponse struct {
	Skills []SkillHit `json:"skills"`
}

// SkillHit is a skill that a search found.
type SkillHit struct {
	URI     string   `json:"uri"`
	Label   string   `json:"label"`
	Matched string   `json:"matched,omitempty"` // the alternative label that matches, if the preferred label does not
	Score   *float32 `json:"score,omitempty"`   // cosine; only with mode=vector
}

// skills answers GET /v1/skills.
func (s *service) skills(c call) (any, error) {
	query, err := readQuery(c.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	if query.mode == "label" {
		return SkillsResponse{s.labels.search(query.text, query.limit)}, nil
	}
	texts, err := s.extractor.Embedder.Tokens(c.Context(), []string{query.text})
	if err != nil {
		return nil, err
	}
	countTokens(c.Request, len(texts[0]))
	if !s.extractor.Embedder.Whole(query.text, texts[0]) {
		countCut(c.Request)
	}
	matches, err := s.queue.Search(c.Context(), texts[0], query.limit)
	if err != nil {
		return nil, err
	}
	hits := make([]SkillHit, len(matches))
	for i, match := range matches {
		skill := s.skill(match)
		hits[i] = SkillHit{URI: skill.URI, Label: skill.Label, Score: &matches[i].Score}
	}
	return SkillsResponse{hits}, nil
}

type skillQuery struct {
	text, mode string
	limit      int
}

// readQuery reads the parameters. It is as strict as decode.
func readQuery(raw string) (skillQuery, error) {
	q := skillQuery{mode: "label", limit: defaultLimit}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return q, invalid("", "the query string cannot be read: %v", err)
	}
	for name, texts := range values {
		if !slices.Contains([]string{"q", "mode", "limit"}, name) {
			return q, invalid(name, "there is no such parameter")
		}
		if len(texts) > 1 {
			return q, invalid(name, "is given twice")
		}
	}
	q.text = strings.TrimSpace(values.Get("q"))
	switch {
	case q.text == "":
		return q, invalid("q", "is missing; set it to the text to search for")
	case len(q.text) > maxQuery:
		return q, invalid("q", "has %d bytes; want at most %d", len(q.text), maxQuery)
	case !utf8.ValidString(q.text):
		return q, invalid("q", "is not valid UTF-8")
	}
	if mode := values.Get("mode"); mode != "" {
		if q.mode = mode; mode != "label" && mode != "vector" {
			return q, invalid("mode", "is %q; want label or vector", mode)
		}
	}
	if text := values.Get("limit"); text != "" {
		if q.limit, err = strconv.Atoi(text); err != nil || q.limit < 1 || q.limit > maxLimit {
			return q, invalid("limit", "is %q; want 1 to %d", text, maxLimit)
		}
	}
	return q, nil
}
