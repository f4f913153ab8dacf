package llm

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// message is one turn of a conversation.
type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// request holds everything that determines an answer. Two requests with equal fields are one question.
type request struct {
	Model       string    `json:"model"`
	Messages    []message `json:"messages"`
	Temperature float64   `json:"temperature"`
	MaxTokens   int       `json:"max_tokens"`
	Schema      int       `json:"schema"`  // number of sentences in the JSON schema; 0 for plain text
	Attempt     int       `json:"attempt"` // number of rejected answers before; not sent, but it makes the same words another question
}

// key is the request's address in the journal: the SHA-256 of model, messages and parameters.
func (r *request) key() (string, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("hash a request: %w", err)
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:]), nil
}

// tokens estimates the maximum cost of a request. It counts three bytes per token of the question (English takes
// fewer tokens, Chinese about as many), a few tokens for the roles, and the full limit of the answer.
func (r *request) tokens() int {
	n := r.MaxTokens
	for _, m := range r.Messages {
		n += len(m.Content)/3 + 8
	}
	return n
}

// sentenceKey is the JSON key of a sentence in a structured answer.
func sentenceKey(number int) string { return fmt.Sprintf("sentence_%d", number) }

// schema is the JSON schema of an answer with n sentences. Each sentence has its own key, because servers enforce
// required keys but many ignore the bounds of a list.
func schema(n int) map[string]any {
	properties, required := map[string]any{}, []string{}
	for number := 1; number <= n; number++ {
		properties[sentenceKey(number)] = map[string]any{"type": "string"}
		required = append(required, sentenceKey(number))
	}
	return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

// answer is a model's answer as the journal stores it.
type answer struct {
	Content          string `json:"content"`
	Finish           string `json:"finish"` // "stop", "length", "content_filter" …
	Model            string `json:"model"`  // the server's name for it
	PromptTokens     int    `json:"prompt_tokens"`
	CompletionTokens int    `json:"completion_tokens"`
}

func (a *answer) tokens() int { return a.PromptTokens + a.CompletionTokens }

// question is a call to the model in its two forms. If the settings rule a form out, its field is nil.
type question struct{ schema, text *request }

// first is the form that is tried first.
func (q question) first() *request {
	if q.schema != nil {
		return q.schema
	}
	return q.text
}

// name identifies a question. Equal questions have equal names.
func (q question) name() string {
	messages := q.first().Messages
	return messages[len(messages)-1].Content
}
