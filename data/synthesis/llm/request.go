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

// request is what decides an answer: two requests with equal fields count as one question.
type request struct {
	Model       string    `json:"model"`
	Messages    []message `json:"messages"`
	Temperature float64   `json:"temperature"`
	MaxTokens   int       `json:"max_tokens"`
	Schema      int       `json:"schema"`  // sentences that the JSON schema asks for; 0 for plain text
	Attempt     int       `json:"attempt"` // answers that were turned down before; not sent, but it makes another question of the same words
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

// tokens estimates what a request may cost at most: its questions at three bytes a token (English takes fewer tokens, Chinese about as
// many), a few for the roles, and the whole of the answer allowed.
func (r *request) tokens() int {
	n := r.MaxTokens
	for _, m := range r.Messages {
		n += len(m.Content)/3 + 8
	}
	return n
}

// sentenceKey is the JSON key of a sentence in a structured answer.
func sentenceKey(number int) string { return fmt.Sprintf("sentence_%d", number) }

// schema is the JSON schema of an answer with n sentences. Each sentence is a key of its own, as servers force keys to be there, while
// many ignore the bounds of a list.
func schema(n int) map[string]any {
	properties, required := map[string]any{}, []string{}
	for number := 1; number <= n; number++ {
		properties[sentenceKey(number)] = map[string]any{"type": "string"}
		required = append(required, sentenceKey(number))
	}
	return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

// answer is what a model said, as the journal keeps it.
type answer struct {
	Content          string `json:"content"`
	Finish           string `json:"finish"` // "stop", "length", "content_filter" …
	Model            string `json:"model"`  // as the server named it
	PromptTokens     int    `json:"prompt_tokens"`
	CompletionTokens int    `json:"completion_tokens"`
}

func (a *answer) tokens() int { return a.PromptTokens + a.CompletionTokens }

// question is a call to the model in its two forms. schema is nil, or text is, where the options rule the form out.
type question struct{ schema, text *request }

// first is the form that is asked before the other.
func (q question) first() *request {
	if q.schema != nil {
		return q.schema
	}
	return q.text
}

// name is the same for two questions that ask the same.
func (q question) name() string {
	messages := q.first().Messages
	return messages[len(messages)-1].Content
}
