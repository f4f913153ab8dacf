package serve

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/gonum/blas/blas32"
)

// maxCandidates is the largest number of texts that a request ranks.
const maxCandidates = 1000

// resultBytes is an upper estimate of a [RankResult] in JSON, without its text.
const resultBytes = 70

// RankRequest asks for the similarity of a text to each of several others.
type RankRequest struct {
	Query       string   `json:"query"`
	Texts       []string `json:"texts"`
	TopN        *int     `json:"top_n,omitempty"`        // number of results; absent: all
	ReturnTexts bool     `json:"return_texts,omitempty"` // whether a result has its text
}

// RankResponse has the texts of a request, the most similar first.
type RankResponse struct {
	Model   string       `json:"model"`
	Results []RankResult `json:"results"`
	Usage   Usage        `json:"usage"`
}

// RankResult is a text of a request.
type RankResult struct {
	Index int     `json:"index"` // in the request, from 0
	Score float32 `json:"score"` // cosine
	Text  *string `json:"text,omitempty"`
	Cut   bool    `json:"cut,omitempty"` // the text is longer than the model reads, and its end does not count
}

// RerankRequest is what clients of text-embeddings-inference send to /rerank.
type RerankRequest struct {
	Query               string   `json:"query"`
	Texts               []string `json:"texts"`
	RawScores           bool     `json:"raw_scores,omitempty"`           // ignored: scores are cosines
	ReturnText          bool     `json:"return_text,omitempty"`          // whether a result has its text
	Truncate            *bool    `json:"truncate,omitempty"`             // ignored: long texts are cut
	TruncationDirection string   `json:"truncation_direction,omitempty"` // ignored: the end is cut
}

// CohereRequest is what Cohere's clients send to /v2/rerank.
type CohereRequest struct {
	Model           string   `json:"model,omitempty"` // ignored: the server has one model
	Query           string   `json:"query"`
	Documents       []string `json:"documents"`
	TopN            *int     `json:"top_n,omitempty"`
	MaxTokensPerDoc *int     `json:"max_tokens_per_doc,omitempty"` // ignored: the model's length counts
}

// CohereResponse is the answer to a [CohereRequest].
type CohereResponse struct {
	ID      string         `json:"id"` // of the request
	Results []CohereResult `json:"results"`
}

// CohereResult is a document of a [CohereRequest].
type CohereResult struct {
	Index          int     `json:"index"`
	RelevanceScore float32 `json:"relevance_score"` // cosine
}

// rank answers POST /v1/rank.
func (s *service) rank(c call) (any, error) {
	var request RankRequest
	if err := decode(c.body, &request); err != nil {
		return nil, err
	}
	results, usage, err := s.ranked(c, request.Query, "texts", request.Texts, request.TopN, request.ReturnTexts)
	if err != nil {
		return nil, err
	}
	return RankResponse{c.settings.ModelName, results, usage}, nil
}

// rerank answers POST /rerank.
func (s *service) rerank(c call) (any, error) {
	var request RerankRequest
	if err := decode(c.body, &request); err != nil {
		return nil, err
	}
	results, _, err := s.ranked(c, request.Query, "texts", request.Texts, nil, request.ReturnText)
	return results, err
}

// rerankCohere answers POST /v2/rerank.
func (s *service) rerankCohere(c call) (any, error) {
	var request CohereRequest
	if err := decode(c.body, &request); err != nil {
		return nil, err
	}
	results, _, err := s.ranked(c, request.Query, "documents", request.Documents, request.TopN, false)
	if err != nil {
		return nil, err
	}
	response := CohereResponse{ID: requestID(c.Request), Results: make([]CohereResult, len(results))}
	for i, r := range results {
		response.Results[i] = CohereResult{r.Index, r.Score}
	}
	return response, nil
}

// ranked returns the texts by their cosines with the query, the highest first. field is the name of texts in the request.
func (s *service) ranked(c call, query, field string, texts []string, topN *int, withText bool) ([]RankResult, Usage, error) {
	if err := checkCandidates(query, field, texts, topN); err != nil {
		return nil, Usage{}, err
	}
	response := int64(len(texts))*resultBytes + escapedByte*int64(len(c.body)) // a result may have its text
	if err := checkResponse(response, c.settings.MaxResponseBytes, "send fewer texts"); err != nil {
		return nil, Usage{}, err
	}
	all := append([]string{query}, texts...)
	dimension := s.extractor.Embedder.Tower.Dimension()
	if err := c.held.growTo(bodyMemory(len(c.body)) + int64(len(all))*(sentenceMemory+4*dimension+tokenMemory*int64(s.extractor.Embedder.MaxLength))); err != nil {
		return nil, Usage{}, err
	}
	ids, err := s.extractor.Embedder.Tokens(c.Context(), all)
	if err != nil {
		return nil, Usage{}, err
	}
	tokens := 0
	cut := make([]bool, len(all))
	for i := range ids {
		tokens += len(ids[i])
		if cut[i] = !s.extractor.Embedder.Whole(all[i], ids[i]); cut[i] {
			countCut(c.Request)
		}
	}
	countTokens(c.Request, tokens)
	vectors, err := s.queue.Embed(c.Context(), ids)
	if err != nil {
		return nil, Usage{}, err
	}
	results := make([]RankResult, len(texts))
	for i := range texts {
		results[i] = RankResult{Index: i, Score: cosine(vectors[0], vectors[i+1]), Cut: cut[i+1]}
		if withText {
			results[i].Text = &texts[i]
		}
	}
	slices.SortStableFunc(results, func(a, b RankResult) int { return cmp.Compare(b.Score, a.Score) })
	if topN != nil {
		results = results[:min(*topN, len(results))]
	}
	return results, Usage{tokens, tokens}, nil
}

// cosine is the product of two unit vectors.
func cosine(a, b []float32) float32 {
	return blas32.Dot(blas32.Vector{N: len(a), Data: a, Inc: 1}, blas32.Vector{N: len(b), Data: b, Inc: 1})
}

func checkCandidates(query, field string, texts []string, topN *int) error {
	switch {
	case strings.TrimSpace(query) == "":
		return invalid("query", "is missing or empty")
	case len(texts) == 0:
		return invalid(field, "is missing; set it to the texts to rank")
	case len(texts) > maxCandidates:
		return invalid(field, "has %d texts; want at most %d", len(texts), maxCandidates)
	case topN != nil && *topN < 1:
		return invalid("top_n", "is %d; want at least 1", *topN)
	}
	for i, text := range texts {
		if strings.TrimSpace(text) == "" {
			return invalid(fmt.Sprintf("%s[%d]", field, i), "is empty")
		}
	}
	return nil
}
