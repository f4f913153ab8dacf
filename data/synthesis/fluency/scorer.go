// Package fluency scores texts by a causal language model behind an OpenAI-compatible server. A score is the sum
// of the log-probabilities of the tokens, each given the tokens before it. Before it scores, it checks on known
// texts that the server's log-probabilities belong to the tokens that they are listed with.
package fluency

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"golang.org/x/sync/errgroup"

	"skillspace/data/synthesis/modelserver"
)

// Model names the model that scores, and the server where it runs.
type Model struct {
	BaseURL     string
	Name        string        // the server's name for it
	Key         string        // "" for none
	Top         int           // number of most likely tokens requested for each position; Score needs them if the server is off by one
	Concurrency int           // requests at a time
	Timeout     time.Duration // of a request
}

// Score is the cost of a text under a model.
type Score struct {
	LogProbability float64 // natural logarithm, summed over all tokens but the first two
	Tokens         int     // tokens scored
	Beyond         int     // scored tokens outside the Top; they count as the last token of the Top, which overstates their probability
}

// Perplexity is exp of the mean negative log-probability of a token.
func (s Score) Perplexity() float64 { return math.Exp(-s.LogProbability / float64(max(s.Tokens, 1))) }

// Alignment says how a server's log-probabilities relate to its tokens.
type Alignment string

// The alignments that Scorer can read.
const (
	Unknown  Alignment = ""
	Direct   Alignment = "direct"     // the value of a token is its log-probability given the tokens before it
	OffByOne Alignment = "off by one" // the values of a token belong to the token after it, as llama-cpp-python 0.3 returns them with echo
)

// Scorer scores texts by a server of known alignment.
type Scorer struct {
	service   openai.CompletionService
	o         Model
	Alignment Alignment
}

// maxBody bounds the bytes read of a response. It suffices for Top tokens with their names at some hundred
// positions.
const maxBody = 256 << 20

// New checks the server with texts of a known order and the same texts shuffled. The error means that the server
// cannot be reached, returns no log-probabilities of a prompt, or returns values that make no sense.
func New(ctx context.Context, o Model) (*Scorer, error) {
	options := append(modelserver.Options(o.BaseURL, o.Key, maxBody), option.WithMaxRetries(2))
	s := &Scorer{service: openai.NewCompletionService(options...), o: o}
	return s, s.align(ctx)
}

// Score scores texts, in order. A text of fewer than three tokens has no scored tokens. progress, which may be
// nil, is called after each text.
func (s *Scorer) Score(ctx context.Context, texts []string, progress func()) ([]Score, error) {
	scores := make([]Score, len(texts))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(s.o.Concurrency, 1))
	for i, text := range texts {
		group.Go(func() error {
			e, err := s.echo(ctx, text)
			if err != nil {
				return fmt.Errorf("score %.60q: %w", text, err)
			}
			if scores[i], err = e.score(s.Alignment); err != nil {
				return fmt.Errorf("score %.60q: %w", text, err)
			}
			if progress != nil {
				progress()
			}
			return nil
		})
	}
	return scores, group.Wait()
}

// echoed is a prompt as a server returned it.
type echoed struct {
	tokens []string
	values []float64            // of each token
	top    []map[string]float64 // the most likely tokens, listed with each token
}

func (s *Scorer) echo(ctx context.Context, text string) (*echoed, error) {
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	completion, err := s.service.New(ctx, openai.CompletionNewParams{
		Model: openai.CompletionNewParamsModel(s.o.Name), Prompt: openai.CompletionNewParamsPromptUnion{OfString: openai.String(text)},
		Echo: openai.Bool(true), Logprobs: openai.Int(int64(s.o.Top)), MaxTokens: openai.Int(1), Temperature: openai.Float(0),
	})
	if err != nil {
		return nil, err
	}
	if len(completion.Choices) == 0 {
		return nil, errors.New("the response holds no choices")
	}
	// The client's own type cannot hold null, the value of the first token.
	var l struct {
		Tokens        []string             `json:"tokens"`
		TokenLogprobs []*float64           `json:"token_logprobs"`
		TopLogprobs   []map[string]float64 `json:"top_logprobs"`
	}
	if raw := completion.Choices[0].Logprobs.RawJSON(); raw != "" {
		if err := json.Unmarshal([]byte(raw), &l); err != nil {
			return nil, fmt.Errorf("log-probabilities: %w", err)
		}
	}
	n := min(len(l.Tokens), int(completion.Usage.PromptTokens)) // some servers also list the generated token
	if n < 1 || len(l.TokenLogprobs) != len(l.Tokens) || len(l.TopLogprobs) != len(l.Tokens) {
		return nil, fmt.Errorf("the server gave %d tokens, %d log-probabilities and %d lists of likely tokens; it must echo a prompt with `logprobs` (llama.cpp's server: --logits_all)",
			len(l.Tokens), len(l.TokenLogprobs), len(l.TopLogprobs))
	}
	e := &echoed{tokens: l.Tokens[:n], values: make([]float64, n), top: l.TopLogprobs[:n]}
	for i, v := range l.TokenLogprobs[:n] {
		if e.values[i] = math.NaN(); v != nil {
			e.values[i] = *v
		}
	}
	return e, nil
}

// score sums over all tokens but the first two. The first has no context. A server that is off by one lists no
// values for the second.
func (e *echoed) score(a Alignment) (Score, error) {
	s := Score{Tokens: max(len(e.tokens)-2, 0)}
	for i := 2; i < len(e.tokens); i++ {
		value := e.values[i]
		if a == OffByOne {
			var listed bool
			if value, listed = e.top[i-1][e.tokens[i]]; !listed {
				s.Beyond++
				value = least(e.top[i-1], e.tokens[i-1])
			}
		}
		if math.IsNaN(value) || value > 1e-6 {
			return s, fmt.Errorf("token %d of %d has the log-probability %v", i+1, len(e.tokens), value)
		}
		s.LogProbability += value
	}
	return s, nil
}

// least is the lowest value of a list of likely tokens. It ignores the token beside the list, which servers add
// however unlikely it is.
func least(top map[string]float64, beside string) float64 {
	lowest := 0.0
	for token, v := range top {
		if token != beside {
			lowest = min(lowest, v)
		}
	}
	return lowest
}
