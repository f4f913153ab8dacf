// Package llm writes job-ad sentences with a language model behind an OpenAI-compatible server: prompts, calls, a journal of what was
// paid for, and checks of the answers. It draws no skill sets (data/synthesis does) and writes no corpus file.
package llm

import (
	"fmt"
	"time"

	"skillspace/data/synthesis"
)

// Writer is the name of this writer, as it stands in a corpus.
const Writer = "llm"

// How an answer is asked for.
const (
	Auto   = "auto"   // by JSON schema, and as plain text where the server refuses that
	Schema = "schema" // by JSON schema only
	Text   = "text"   // as numbered lines
)

// Settings says what to write, who writes it, and what an answer must be.
type Settings struct {
	Corpus synthesis.Spec

	BaseURL        string  // of the server, such as http://localhost:8000/v1
	Model          string  // as the server names it
	Key            string  // API key; "" sends none
	Structured     string  // Auto, Schema or Text
	Temperature    float64 // of the model's sampling; below 0 leaves it to the server
	MaxTokens      int     // an answer may take for each sentence, so that a call is bounded; at least 1
	MaxTokensField string  // "max_tokens" or "max_completion_tokens": what the server calls the bound

	Language string // "en" or "zh"
	Prompts  string // file whose templates replace the embedded ones of the same names; "" for none
	PerCall  int    // sentences that one call asks for, at least 1
	Attempts int    // answers that a sentence may take, the first included

	MaxLeak       float64 // share of the mentions (0 to 1) whose sentence may hold a label of the skill, of two words or more, word by word
	MinLength     int     // in English words, or Chinese characters; 0 for the language's default
	MaxLength     int     // the same
	NearDuplicate float64 // Jaccard similarity of letter sequences (above 0 to 1) from which two sentences count as one

	// Far names the label of a skill, of those given, that a text is not near to by embedding, or ""; nil: that is not checked. It must answer
	// alike every time.
	Far func(text string, skills []int) (label string, err error)

	Journal           string        // file that keeps every answer
	Concurrency       int           // calls at a time
	RequestsPerMinute int           // requests a minute at most; 0 for no limit
	TokensPerMinute   int           // tokens a minute at most, question and bound of the answer together; 0 for no limit
	Timeout           time.Duration // of one request
	Retries           int           // times that a request is sent again after a fault of the server or the line
	Backoff           time.Duration // mean wait before the first of them; each further one doubles it, up to a minute

	Batch     bool          // ask by the Batch API, within a day and at its price, what it leaves one by one
	BatchPoll time.Duration // between two looks at a batch; 0 means half a minute

	BudgetRequests int // answers that the journal may hold; 0 for no limit
	BudgetTokens   int // tokens, of questions and answers, that the journal may hold; 0 for no limit

	PricePrompt     float64 // of a million tokens of questions; 0 where no price is known
	PriceCompletion float64 // of a million tokens of answers; 0 where no price is known
}

// Defaults of the sentence lengths, in words or characters.
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
		return fmt.Errorf("length: want a least of 0 or more and a most of no less, got %d and %d", o.MinLength, o.MaxLength)
	}
	return nil
}
