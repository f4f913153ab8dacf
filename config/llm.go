package config

import "net/url"

// LLM is the language model that writes sentences, and what its answers must be.
type LLM struct {
	// Address of an OpenAI-compatible server, up to and with its version, such as `http://localhost:8000/v1`. Required for `writer: llm`.
	BaseURL string `yaml:"base_url"`
	// Model, as the server names it. Required for `writer: llm`.
	Model string `yaml:"model"`
	// Environment variable that holds the API key; without it, no key is sent, which suits a server of one's own.
	KeyEnv string `yaml:"key_env"`
	// File with prompt templates that replace those of `data/synthesis/llm/prompts/` of the same names. Empty: none.
	Prompts string `yaml:"prompts" path:"file"`
	// Form of the answers: `schema` (JSON schema), `text` (numbered lines) or `auto` (the first, and the second where the server refuses that).
	Structured string `yaml:"structured"`
	// Sentences that one call asks for. Small models keep to 1 better.
	SentencesPerCall int `yaml:"sentences_per_call"`
	// Answers that a sentence may take before it is dropped and reported; a further one is asked for with the reason why the last was turned down.
	Attempts int `yaml:"attempts"`
	// Temperature (0 to 2) at which the model draws its words; -1 for the server's own.
	Temperature float64 `yaml:"temperature"`
	// Tokens that an answer may take for each sentence.
	MaxTokens int `yaml:"max_tokens"`
	// What the server calls that bound: `max_tokens`, or `max_completion_tokens` for OpenAI's reasoning models.
	MaxTokensField string `yaml:"max_tokens_field"`
	// Share of the mentions (0 to 1) whose sentence may hold a label of the skill, of two words or more, word by word.
	MaxLeak float64 `yaml:"max_leak"`
	// Least length of a sentence in English words or Chinese characters; 0 for 3 words or 5 characters.
	MinLength int `yaml:"min_length"`
	// Greatest length of a sentence in the same; 0 for 45 words or 90 characters.
	MaxLength int `yaml:"max_length"`
	// Folder of a pretrained encoder by whose embeddings a sentence must lie nearer to its skills' labels than to most others'. Empty: that is not checked.
	CheckEncoder string `yaml:"check_encoder" path:"folder"`
	// Share of the taxonomy (above 0 to 1) among whose nearest labels each of a sentence's skills must be, for check_encoder.
	CheckShare float64 `yaml:"check_share"`
	// Similarity (above 0 to 1: Jaccard, of sequences of three letters) from which a sentence counts as a repetition of another.
	NearDuplicate float64 `yaml:"near_duplicate"`
	// File that keeps every answer, so that none is paid for twice; any number of corpora may share one. Empty: the output's name with `.journal.jsonl` in place of the ending.
	Journal string `yaml:"journal"`
	// Calls at a time.
	Concurrency int `yaml:"concurrency"`
	// Most requests a minute; 0 for no limit.
	RequestsPerMinute int `yaml:"requests_per_minute"`
	// Most tokens a minute, counting for each request its text and the whole answer that it allows; 0 for no limit.
	TokensPerMinute int `yaml:"tokens_per_minute"`
	// Seconds after which a request without a whole answer counts as failed (above 0).
	TimeoutSeconds float64 `yaml:"timeout_seconds"`
	// Times that a request is sent again after a fault of the server or the line (429, 5xx, a lost connection).
	Retries int `yaml:"retries"`
	// Seconds, on average, before the first of them (above 0); each further one doubles them, up to a minute. A server's Retry-After is waited for in any case.
	BackoffSeconds float64 `yaml:"backoff_seconds"`
	// Answers that the journal may hold, after which nothing is asked any more; 0 for no limit.
	BudgetRequests int `yaml:"budget_requests"`
	// Tokens of questions and answers that the journal may hold, after which nothing is asked any more; 0 for no limit.
	BudgetTokens int `yaml:"budget_tokens"`
	// Whether questions are asked by the Batch API (`/v1/batches`), answered within a day at a lower price; what a batch leaves unanswered is asked for one by one.
	Batch bool `yaml:"batch"`
	// Seconds between two looks at a batch.
	BatchPollSeconds float64 `yaml:"batch_poll_seconds"`
	// Price of a million tokens of questions, in any currency, for the report; 0 where there is none.
	PricePrompt float64 `yaml:"price_prompt"`
	// Price of a million tokens of answers; 0 where there is none.
	PriceCompletion float64 `yaml:"price_completion"`
}

func defaultLLM() LLM {
	return LLM{
		KeyEnv: "OPENAI_API_KEY", Structured: "auto", SentencesPerCall: 5, Attempts: 3, Temperature: 1, MaxTokens: 120,
		MaxTokensField: "max_tokens", MaxLeak: 0.1, CheckShare: 0.05, BatchPollSeconds: 30, NearDuplicate: 0.8, Concurrency: 8, TimeoutSeconds: 120, Retries: 8, BackoffSeconds: 1,
	}
}

// check is for a run in which the model writes.
func (l *LLM) check(k *checker) {
	k.required("llm.base_url", l.BaseURL, "the server's address, such as http://localhost:8000/v1")
	if u, err := url.Parse(l.BaseURL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		k.fail("llm.base_url", "is %q; want an address that begins with http:// or https://", shorten(l.BaseURL))
	}
	k.required("llm.model", l.Model, "the model, as the server names it")
	k.required("llm.key_env", l.KeyEnv, "the environment variable with the API key")
	k.oneOf("llm.structured", l.Structured, "auto", "schema", "text")
	k.between("llm.sentences_per_call", l.SentencesPerCall, 1, 100)
	k.between("llm.attempts", l.Attempts, 1, 100)
	if l.Temperature != -1 {
		k.notNegative("llm.temperature", l.Temperature)
		k.atMost("llm.temperature", l.Temperature, 2)
	}
	k.between("llm.max_tokens", l.MaxTokens, 1, 1<<16)
	k.oneOf("llm.max_tokens_field", l.MaxTokensField, "max_tokens", "max_completion_tokens")
	k.notNegative("llm.max_leak", l.MaxLeak)
	k.atMost("llm.max_leak", l.MaxLeak, 1)
	k.above("llm.near_duplicate", l.NearDuplicate, 0)
	k.atMost("llm.near_duplicate", l.NearDuplicate, 1)
	k.atLeast("llm.min_length", l.MinLength, 0)
	k.above("llm.batch_poll_seconds", l.BatchPollSeconds, 0)
	k.above("llm.check_share", l.CheckShare, 0)
	k.atMost("llm.check_share", l.CheckShare, 1)
	k.atLeast("llm.max_length", l.MaxLength, 0)
	if l.MaxLength > 0 && l.MinLength > l.MaxLength {
		k.fail("llm.min_length", "is above llm.max_length")
	}
	l.checkPace(k)
}

func (l *LLM) checkPace(k *checker) {
	k.between("llm.concurrency", l.Concurrency, 1, 1024)
	k.atLeast("llm.requests_per_minute", l.RequestsPerMinute, 0)
	k.atLeast("llm.tokens_per_minute", l.TokensPerMinute, 0)
	k.above("llm.timeout_seconds", l.TimeoutSeconds, 0)
	k.atMost("llm.timeout_seconds", l.TimeoutSeconds, 86400)
	k.between("llm.retries", l.Retries, 0, 100)
	k.above("llm.backoff_seconds", l.BackoffSeconds, 0)
	k.atMost("llm.backoff_seconds", l.BackoffSeconds, 60)
	k.atLeast("llm.budget_requests", l.BudgetRequests, 0)
	k.atLeast("llm.budget_tokens", l.BudgetTokens, 0)
	k.notNegative("llm.price_prompt", l.PricePrompt)
	k.notNegative("llm.price_completion", l.PriceCompletion)
}
