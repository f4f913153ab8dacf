package llm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"

	"skillspace/data/synthesis/modelserver"
)

// maxBody bounds the bytes read of a response, so that a broken server cannot fill the memory.
const maxBody = 8 << 20

// maxUsage is the largest token count of one answer that is believed.
const maxUsage = 1 << 24

// server sends requests to an OpenAI-compatible server. It is safe for concurrent use.
type server struct {
	chat    openai.ChatCompletionService
	field   string
	timeout time.Duration
}

func newServer(o *Settings) *server {
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: o.Concurrency, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true,
	}
	options := append(modelserver.Options(o.BaseURL, o.Key, maxBody), option.WithMaxRetries(0), option.WithHTTPClient(&http.Client{Transport: transport}))
	return &server{chat: openai.NewChatCompletionService(options...), field: o.MaxTokensField, timeout: o.Timeout}
}

// ask sends a request once. The error is a *fault or ctx's error.
func (s *server) ask(ctx context.Context, r *request) (*answer, error) {
	limited, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	var raw *http.Response
	completion, err := s.chat.New(limited, s.params(r), option.WithResponseInto(&raw))
	if raw != nil && raw.Body != nil {
		defer raw.Body.Close()
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limited.Err() != nil && err != nil:
		return nil, &fault{reason: fmt.Sprintf("no answer within %v", s.timeout)}
	case raw != nil && raw.StatusCode != http.StatusOK:
		body, _ := io.ReadAll(raw.Body) // a read error only shortens the message
		return nil, statusFault(raw.StatusCode, raw.Header, body, time.Now())
	case err != nil:
		return nil, &fault{reason: short(plain(err), 300)}
	case len(completion.Choices) == 0:
		return nil, &fault{reason: "the response holds no choices"}
	}
	return answerOf(completion, r), nil
}

// plain removes the address from an error of net/http, which repeats the method and the URL.
func plain(err error) string {
	text := err.Error()
	var inner interface{ Unwrap() error }
	if errors.As(err, &inner) && strings.HasPrefix(text, `Post "`) {
		if cause := inner.Unwrap(); cause != nil {
			return cause.Error()
		}
	}
	return text
}

func (s *server) params(r *request) openai.ChatCompletionNewParams {
	p := openai.ChatCompletionNewParams{Model: r.Model}
	for _, m := range r.Messages {
		if m.Role == "system" {
			p.Messages = append(p.Messages, openai.SystemMessage(m.Content))
		} else {
			p.Messages = append(p.Messages, openai.UserMessage(m.Content))
		}
	}
	if r.Temperature >= 0 {
		p.Temperature = openai.Float(r.Temperature)
	}
	if s.field == "max_tokens" {
		p.MaxTokens = openai.Int(int64(r.MaxTokens))
	} else {
		p.MaxCompletionTokens = openai.Int(int64(r.MaxTokens))
	}
	if r.Schema > 0 {
		p.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
			JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{Name: "sentences", Strict: openai.Bool(true), Schema: schema(r.Schema)},
		}
	}
	return p
}

// answerOf keeps the needed parts of a response. If the server does not count tokens, answerOf estimates them at
// three bytes each.
func answerOf(c *openai.ChatCompletion, r *request) *answer {
	choice := c.Choices[0]
	a := &answer{
		Content: strings.ToValidUTF8(choice.Message.Content, "\uFFFD"), Finish: choice.FinishReason, Model: c.Model,
		PromptTokens: int(c.Usage.PromptTokens), CompletionTokens: int(c.Usage.CompletionTokens),
	}
	if choice.Message.Refusal != "" {
		a.Content, a.Finish = "", "refusal"
	}
	if a.PromptTokens <= 0 || a.CompletionTokens < 0 || max(a.PromptTokens, a.CompletionTokens) > maxUsage {
		a.PromptTokens, a.CompletionTokens = r.tokens()-r.MaxTokens, len(a.Content)/3
	}
	return a
}
