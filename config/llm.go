package config

import "net/url"

// LLM configures the language model that writes sentences, and the checks of its answers.
type LLM struct {
	// Address of an OpenAI-compatible server with its version, such as `http://localhost:8000/v1`. Required for `writer: llm`.
	BaseURL string `yaml:"base_url"`
	// Model, as the server names it. Required for `writer: llm`.
	Model string `yaml:"model"`
	// Environment variable with the API key. If the variable is not set, no key is sent; a local server may need none.
	KeyEnv string `yaml:"key_env"`
	// File with prompt templates. They replace the built-in templates (`data/synthesis/llm/prompts/`) of the same names. Empty: no replacement.
	Prompts string `yaml:"prompts" path:"file"`
	// Format of the answers: `schema` (JSON schema), `text` (numbered lines) or `auto` (`schema`, or `text` if the server refuses it).
	Structured string `yaml:"structured" choices:"auto,schema,text"`
	// Number of sentences that one call asks for. Small models work better with 1.
	SentencesPerCall int `yaml:"sentences_per_call"`
	// Number of attempts at a sentence before it is dropped and reported. Each new attempt tells the model why the last answer was rejected.
	Attempts int `yaml:"attempts"`
	// Sampling temperature of the model (0 to 2); -1 for the server's default.
	Temperature float64 `yaml:"temperature"`
	// Largest number of tokens of an answer for each sentence it was asked for.
	MaxTokens int `yaml:"max_tokens"`
	// Name of that limit in a request: `max_tokens`, or `max_completion_tokens` for OpenAI's reasoning models.
	MaxTokensField string `yaml:"max_tokens_field" choices:"max_tokens,max_completion_tokens"`
	// Largest share of label leaks (0 to 1): of all skills in sentences, how many may stand there word for word by a label of two or more words.
	MaxLeak float64 `yaml:"max_leak"`
	// Smallest length of a sentence in English words or Chinese characters; 0 for 3 words or 5 characters.
	MinLength int `yaml:"min_length"`
	// Largest length of a sentence in English words or Chinese characters; 0 for 45 words or 90 characters.
	MaxLength int `yaml:"max_length"`
	// Folder of a pretrained encoder that checks sentences: by its embeddings, a sentence must be nearer to the labels of its skills than to most other labels. Empty: no such check.
	CheckEncoder string `yaml:"check_encoder" path:"folder"`
	// Strictness of check_encoder (above 0 to 1): each skill of a sentence must be among this share of the taxonomy's labels, the nearest ones.
	CheckShare float64 `yaml:"check_share"`
	// Similarity (above 0 to 1; Jaccard of letter trigrams) at which a sentence counts as a near-duplicate of another.
	NearDuplicate float64 `yaml:"near_duplicate"`
	// File that keeps every answer, so that none is paid for twice. Several corpora may share one file. Empty: the output's name with `.journal.jsonl` in place of the ending.
	Journal string `yaml:"journal"`
	// Number of calls at the same time.
	Concurrency int `yaml:"concurrency"`
	// Largest number of requests a minute; 0 for no limit.
	RequestsPerMinute int `yaml:"requests_per_minute"`
	// Largest number of tokens a minute; 0 for no limit. A request counts with its prompt and the longest answer that it allows.
	TokensPerMinute int `yaml:"tokens_per_minute"`
	// Seconds after which a request without a complete answer has failed (above 0).
	TimeoutSeconds float64 `yaml:"timeout_seconds"`
	// Number of times that a request is sent again after a failure of the server or the network (429, 5xx, a lost connection).
	Retries int `yaml:"retries"`
	// Mean delay in seconds before the first retry (above 0). It doubles with each further retry, up to a minute. A server's Retry-After is always respected.
	BackoffSeconds float64 `yaml:"backoff_seconds"`
	// Largest number of answers in the journal; 0 for no limit. After that, nothing more is asked.
	BudgetRequests int `yaml:"budget_requests"`
	// Largest number of tokens (prompts and answers) in the journal; 0 for no limit. After that, nothing more is asked.
	BudgetTokens int `yaml:"budget_tokens"`
	// Whether to use the Batch API (`/v1/batches`), which answers within a day at a lower price. What a batch leaves unanswered is asked one by one.
	Batch bool `yaml:"batch"`
	// Seconds between two polls of a batch.
	BatchPollSeconds float64 `yaml:"batch_poll_seconds"`
	// Price of a million prompt tokens in any currency, for the report; 0 for none.
	PricePrompt float64 `yaml:"price_prompt"`
	// Price of a million answer tokens in the same currency; 0 for none.
	PriceCompletion float64 `yaml:"price_completion"`
}

func defaultLLM() LLM {
	return LLM{
		KeyEnv: "OPENAI_API_KEY", Structured: "auto", SentencesPerCall: 5, Attempts: 3, Temperature: 1, MaxTokens: 120,
		MaxTokensField: "max_tokens", MaxLeak: 0.1, CheckShare: 0.05, BatchPollSeconds: 30, NearDuplicate: 0.8, Concurrency: 8,
		TimeoutSeconds: 120, Retries: 8, BackoffSeconds: 1,
	}
}

// check is for a run in which the language model writes.
func (l *LLM) check(k *checker) {
	k.required("llm.base_url", l.BaseURL, "the server's address, such as http://localhost:8000/v1")
	if u, err := url.Parse(l.BaseURL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		k.fail("llm.base_url", "is %q; want an address that begins with http:// or https://", shorten(l.BaseURL))
	}
	k.required("llm.model", l.Model, "the model, as the server names it")
	k.required("llm.key_env", l.KeyEnv, "the environment variable with the API key")
	k.choices("llm.", l)
	k.between("llm.sentences_per_call", l.SentencesPerCall, 1, 100)
	k.between("llm.attempts", l.Attempts, 1, 100)
	if l.Temperature != -1 {
		k.notNegative("llm.temperature", l.Temperature)
		k.atMost("llm.temperature", l.Temperature, 2)
	}
	k.between("llm.max_tokens", l.MaxTokens, 1, 1<<16)
	k.notNegative("llm.max_leak", l.MaxLeak)
	k.atMost("llm.max_leak", l.MaxLeak, 1)
	k.positive("llm.near_duplicate", l.NearDuplicate)
	k.atMost("llm.near_duplicate", l.NearDuplicate, 1)
	k.atLeast("llm.min_length", l.MinLength, 0)
	k.positive("llm.batch_poll_seconds", l.BatchPollSeconds)
	k.positive("llm.check_share", l.CheckShare)
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
	k.seconds("llm.timeout_seconds", l.TimeoutSeconds)
	k.between("llm.retries", l.Retries, 0, 100)
	k.positive("llm.backoff_seconds", l.BackoffSeconds)
	k.atMost("llm.backoff_seconds", l.BackoffSeconds, 60)
	k.atLeast("llm.budget_requests", l.BudgetRequests, 0)
	k.atLeast("llm.budget_tokens", l.BudgetTokens, 0)
	k.notNegative("llm.price_prompt", l.PricePrompt)
	k.notNegative("llm.price_completion", l.PriceCompletion)
}
