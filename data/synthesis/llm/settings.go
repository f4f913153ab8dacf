// Package llm writes job-ad sentences with a language model behind an OpenAI-compatible server. It holds prompts,
// calls, a journal of paid answers, and checks of the answers. Package data/synthesis draws the skill sets. This
// package writes no corpus file.
package llm

import (
	"fmt"
	"time"

	"skillspace/data/synthesis"
)

// Writer is the name of this writer in a corpus.
const Writer = "llm"

// Forms in which an answer is requested.
const (
	Auto   = "auto"   // by JSON schema, and as plain text if the server refuses the schema
	Schema = "schema" // by JSON schema only
	Text   = "text"   // as numbered lines
)

// Settings says what to write, which model writes it, and what an answer must satisfy.
type Settings struct {
	Corpus synthesis.Spec

	BaseURL        string  // of the server, for example http://localhost:8000/v1
	Model          string  // the server's name for the model
	Key            string  // API key; "" sends none
	Structured     string  // Auto, Schema or Text
	Temperature    float64 // of the model's sampling; below 0 leaves it to the server
	MaxTokens      int     // maximum per sentence, which bounds a call; at least 1
	MaxTokensField string  // the server's name for the bound: "max_tokens" or "max_completion_tokens"

	Language string // "en" or "zh"
	Prompts  string // file whose templates replace the embedded ones with the same names; "" for none
	PerCall  int    // sentences per call, at least 1
	Attempts int    // answers per sentence, including the first

	MaxLeak       float64 // maximum share of mentions, 0 to 1, whose sentence holds a label of the skill; only labels of two words or more count
	MinLength     int     // in English words, or Chinese characters; 0 for the language's default
	MaxLength     int     // the same
	NearDuplicate float64 // minimum Jaccard similarity of letter sequences, above 0 to 1, at which two sentences count as the same

	// Far returns the label of one of the given skills that the text is far from by embedding, or "" if there is
	// none. It must be deterministic. nil turns the check off.
	Far func(text string, skills []int) (label string, err error)

	Journal           string        // file that keeps every answer
	Concurrency       int           // calls at a time
	RequestsPerMinute int           // requests a minute; 0 means no limit
	TokensPerMinute   int           // tokens a minute, counting the question and the limit of the answer; 0 means no limit
	Timeout           time.Duration // of one request
	Retries           int           // times that a request is repeated after a server or connection fault
	Backoff           time.Duration // mean wait before the first retry; it doubles with each further one, up to a minute

	Batch     bool          // use the Batch API, which answers within a day at a lower price; questions that it leaves are asked individually
	BatchPoll time.Duration // interval between two polls of a batch; 0 means half a minute

	BudgetRequests int // answers that the journal may hold; 0 for no limit
	BudgetTokens   int // tokens of questions and answers that the journal may hold; 0 for no limit

	PricePrompt     float64 // of a million question tokens; 0 if unknown
	PriceCompletion float64 // of a million answer tokens; 0 if unknown
}

// lengths holds the default bounds of sentence lengths, in words or characters.
var lengths = map[string][2]int{"en": {3, 45}, "zh": {5, 90}}

// Validate returns an error that names the first option out of its range.
func (o *Settings) Validate() error {
	if err := o.Corpus.Validate(); err != nil {
		return err
	}
	bounds, known := lengths[o.Language]
	switch {
	case o.BaseURL == "" || o.Model == "" || o.Journal == "":
		return fmt.Errorf("base URL, model and journal must be given")
	case o.Structured != Auto && o.Structured != Schema && o.Structured != Text:
		return fmt.Errorf("structured: want %q, %q or %q, got %q", Auto, Schema, Text, o.Structured)
	case o.MaxTokensField != "max_tokens" && o.MaxTokensField != "max_completion_tokens":
		return fmt.Errorf("max tokens field: want max_tokens or max_completion_tokens, got %q", o.MaxTokensField)
	case !known:
		return fmt.Errorf("language: want en or zh, got %q", o.Language)
	case o.PerCall < 1 || o.Attempts < 1 || o.Concurrency < 1 || o.MaxTokens < 1:
		return fmt.Errorf("sentences per call, attempts, concurrency and max tokens: want at least 1")
	case o.Timeout <= 0 || o.Backoff <= 0 || o.Retries < 0:
		return fmt.Errorf("timeout and back-off: want above 0; retries: want at least 0")
	case !(o.MaxLeak >= 0 && o.MaxLeak <= 1):
		return fmt.Errorf("max leak: want 0 to 1, got %g", o.MaxLeak)
	case !(o.NearDuplicate > 0 && o.NearDuplicate <= 1):
		return fmt.Errorf("near duplicate: want above 0 to 1, got %g", o.NearDuplicate)
	}
	if o.BatchPoll == 0 {
		o.BatchPoll = 30 * time.Second
	}
	if o.MinLength == 0 {
		o.MinLength = bounds[0]
	}
	if o.MaxLength == 0 {
		o.MaxLength = bounds[1]
	}
	if o.MinLength < 0 || o.MaxLength < o.MinLength {
		return fmt.Errorf("length: want 0 <= minimum <= maximum, got %d and %d", o.MinLength, o.MaxLength)
	}
	return nil
}
