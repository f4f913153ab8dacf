package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"skillspace/config"
	"skillspace/data/corpus"
	"skillspace/data/synthesis/llm"
	"skillspace/data/taxonomy"
	"skillspace/internal/command"
	"skillspace/internal/progress"
)

// writeByModel has the language model write.
func writeByModel(ctx context.Context, cfg *config.GenerateCorpus, tax *taxonomy.Taxonomy, emit func(corpus.Example) error) (summarised, error) {
	var bar *progress.Bar
	defer func() { bar.Finish() }()
	o := modelOptions(cfg)
	if cfg.LLM.CheckEncoder != "" {
		far, err := openFarCheck(ctx, cfg.LLM.CheckEncoder, cfg.LLM.CheckShare, tax)
		if err != nil {
			return nil, fmt.Errorf("llm.check_encoder: %w", err)
		}
		defer far.Close()
		o.Far = func(text string, skills []int) (string, error) { return far.find(ctx, text, skills) }
	}
	return llm.Generate(ctx, tax, o, emit, func(calls int) func() {
		bar.Finish()
		bar = progress.NewUnit(int64(calls), "asking", "calls")
		return func() { bar.Add(1) }
	})
}

// rehearse says what a run would ask.
func rehearse(cfg *config.GenerateCorpus, stdout io.Writer) error {
	if cfg.Writer != llm.Writer {
		return command.Usagef("--dry-run: writer is %q, which asks nothing; it is for writer llm", cfg.Writer)
	}
	tax, err := load(cfg)
	if err != nil {
		return err
	}
	return llm.DryRun(tax, modelOptions(cfg), stdout)
}

func modelOptions(cfg *config.GenerateCorpus) llm.Settings {
	l := &cfg.LLM
	journal := l.Journal
	if journal == "" {
		journal = beside(cfg.Output, ".journal.jsonl")
	}
	return llm.Settings{
		Corpus: options(cfg), BaseURL: l.BaseURL, Model: l.Model, Key: os.Getenv(l.KeyEnv),
		Structured: l.Structured, Temperature: l.Temperature, MaxTokens: l.MaxTokens, MaxTokensField: l.MaxTokensField,
		Language: cfg.Language, Prompts: l.Prompts, PerCall: l.SentencesPerCall, Attempts: l.Attempts,
		MaxLeak: l.MaxLeak, MinLength: l.MinLength, MaxLength: l.MaxLength, NearDuplicate: l.NearDuplicate,
		Journal: journal, Concurrency: l.Concurrency, RequestsPerMinute: l.RequestsPerMinute, TokensPerMinute: l.TokensPerMinute,
		Batch: l.Batch, BatchPoll: seconds(l.BatchPollSeconds), Timeout: seconds(l.TimeoutSeconds), Retries: l.Retries, Backoff: seconds(l.BackoffSeconds),
		BudgetRequests: l.BudgetRequests, BudgetTokens: l.BudgetTokens, PricePrompt: l.PricePrompt, PriceCompletion: l.PriceCompletion,
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
