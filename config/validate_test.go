package config

import (
	"errors"
	"math"
	"testing"
)

func goodBiencoder() *TrainBiencoder {
	c := new(TrainBiencoder)
	c.Defaults()
	c.Taxonomy, c.Corpus, c.Model.Encoder = "t", "c", "e"
	return c
}

func goodFilter() *TrainFilter {
	c := new(TrainFilter)
	c.Defaults()
	c.Data.Train, c.Model.Encoder = []string{"t"}, "e"
	return c
}

func goodCorpus() *GenerateCorpus {
	c := new(GenerateCorpus)
	c.Defaults()
	c.Taxonomy = "t"
	return c
}

// refused runs changes on a good struct and checks that each is refused by its key.
func refused[T any, P interface {
	*T
	Schema
}](t *testing.T, good func() P, changes map[string][]func(*T)) {
	t.Helper()
	if err := good().Validate(); err != nil {
		t.Fatalf("the defaults with what is required: %v", err)
	}
	for key, list := range changes {
		for i, change := range list {
			c := good()
			change(c)
			var complaint *KeyError
			if err := c.Validate(); !errors.As(err, &complaint) || complaint.Key != key {
				t.Errorf("%s, change %d: got %v", key, i, err)
			}
		}
	}
}

func TestDevices(t *testing.T) {
	for _, device := range []string{"auto", "cpu", "cuda", "cuda:0", "cuda:1", "cuda:12"} {
		c := goodBiencoder()
		c.Device = device
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", device, err)
		}
	}
}

func TestBiencoderRefuses(t *testing.T) {
	type C = TrainBiencoder
	refused(t, goodBiencoder, map[string][]func(*C){
		"run.dir":                      {func(c *C) { c.Run.Dir = " " }},
		"run.seed":                     {func(c *C) { c.Run.Seed = -1 }},
		"run.threads":                  {func(c *C) { c.Run.Threads = -1 }},
		"device":                       {func(c *C) { c.Device = "" }, func(c *C) { c.Device = "cuda:" }, func(c *C) { c.Device = "cuda:01" }},
		"corpus":                       {func(c *C) { c.Corpus = "" }},
		"validation.share":             {func(c *C) { c.Validation.Share = 1 }, func(c *C) { c.Validation.Share = 0 }},
		"validation.max_queries":       {func(c *C) { c.Validation.MaxQueries = -1 }},
		"model.encoder":                {func(c *C) { c.Model.Encoder = "" }},
		"model.layers":                 {func(c *C) { c.Model.Layers = -1 }},
		"model.pooling":                {func(c *C) { c.Model.Pooling = "max" }},
		"model.bilstm_hidden":          {func(c *C) { c.Model.BiLSTMHidden = -1 }},
		"model.projection":             {func(c *C) { c.Model.Projection = 1 << 20 }},
		"model.max_length":             {func(c *C) { c.Model.MaxLength = 2 }},
		"model.dropout":                {func(c *C) { c.Model.Dropout = 1 }, func(c *C) { c.Model.Dropout = -0.5 }},
		"skill_text.label_weight":      {func(c *C) { c.SkillText = SkillText{} }, func(c *C) { c.SkillText.LabelWeight = math.NaN() }},
		"loss.temperature":             {func(c *C) { c.Loss.Temperature = 0 }, func(c *C) { c.Loss.Temperature = math.NaN() }},
		"loss.margin":                  {func(c *C) { c.Loss.Margin = 3 }},
		"train.batch_size":             {func(c *C) { c.Train.BatchSize = 0 }},
		"train.accumulation":           {func(c *C) { c.Train.Accumulation = 0 }},
		"train.chunk_size":             {func(c *C) { c.Train.ChunkSize = -1 }},
		"train.precision":              {func(c *C) { c.Train.Precision = "half" }, func(c *C) { c.Device, c.Train.Precision = "cpu", "fp16" }},
		"train.best_metric":            {func(c *C) { c.Train.BestMetric = "f1" }},
		"train.keep_checkpoints":       {func(c *C) { c.Train.KeepCheckpoints = -1 }},
		"optimizer.learning_rate":      {func(c *C) { c.Optimizer.LearningRate = 0 }},
		"optimizer.head_learning_rate": {func(c *C) { c.Optimizer.HeadLearningRate = -1 }},
		"optimizer.beta2":              {func(c *C) { c.Optimizer.Beta2 = 1 }},
		"train.ema_decay":              {func(c *C) { c.Train.EMADecay = 1 }},
		"train.patience":               {func(c *C) { c.Train.Patience = -1 }},
		"optimizer.layer_decay":        {func(c *C) { c.Optimizer.LayerDecay = 0 }, func(c *C) { c.Optimizer.LayerDecay = 1.1 }},
		"optimizer.clip_norm":          {func(c *C) { c.Optimizer.ClipNorm = -1 }},
		"schedule.kind":                {func(c *C) { c.Schedule.Kind = "step" }},
		"schedule.warmup_ratio":        {func(c *C) { c.Schedule.WarmupRatio = 1 }},
		"negatives.mine_every_steps":   {func(c *C) { c.Negatives.MineEverySteps = -1 }},
		"negatives.per_sentence":       {func(c *C) { c.Negatives.PerSentence = 0 }},
		"negatives.nearest_to":         {func(c *C) { c.Negatives.NearestTo = "label" }},
		"negatives.pool":               {func(c *C) { c.Negatives.PerSentence, c.Negatives.Pool = 8, 7 }},
		"batching.window":              {func(c *C) { c.Batching.Window = 0 }},
		"batching.tokens":              {func(c *C) { c.Batching.Tokens = -1 }},
	})
}

func TestFilterRefuses(t *testing.T) {
	type C = TrainFilter
	refused(t, goodFilter, map[string][]func(*C){
		"data.train":             {func(c *C) { c.Data.Train = nil }},
		"data.share":             {func(c *C) { c.Data.Share = 0 }, func(c *C) { c.Data.Share = 2 }},
		"model.context_tokens":   {func(c *C) { c.Model.ContextTokens = -1 }},
		"loss.positive_weight":   {func(c *C) { c.Loss.PositiveWeight = -1 }},
		"threshold.rule":         {func(c *C) { c.Threshold.Rule = "f1" }},
		"threshold.target":       {func(c *C) { c.Threshold.Target = 0 }, func(c *C) { c.Threshold.Target = 1.1 }},
		"train.best_metric":      {func(c *C) { c.Train.BestMetric = "mrr" }},
		"train.precision":        {func(c *C) { c.Device, c.Train.Precision = "cpu", "fp16" }},
		"train.chunk_size":       {func(c *C) { c.Train.ChunkSize = 64 }},
		"batching.no_duplicates": {func(c *C) { c.Batching.NoDuplicates = true }},
	})
	withOwnValidation := goodFilter()
	withOwnValidation.Data.Validation, withOwnValidation.Data.Share = []string{"v"}, 0
	if err := withOwnValidation.Validate(); err != nil {
		t.Error(err)
	}
}

func TestCorpusRefuses(t *testing.T) {
	type C = GenerateCorpus
	refused(t, goodCorpus, map[string][]func(*C){
		"taxonomy":           {func(c *C) { c.Taxonomy = "" }},
		"output":             {func(c *C) { c.Output = "" }},
		"writer":             {func(c *C) { c.Writer = "poet" }},
		"sentences":          {func(c *C) { c.Sentences = 0 }},
		"pairing":            {func(c *C) { c.Pairing = "any" }},
		"language":           {func(c *C) { c.Language = "de" }},
		"level2_weights":     {func(c *C) { c.Level2Weights = "large" }},
		"level2_temperature": {func(c *C) { c.Level2Temperature = 0 }},
		"min_skills":         {func(c *C) { c.MinSkills = 0 }, func(c *C) { c.MinSkills = 5 }},
		"max_skills":         {func(c *C) { c.MaxSkills = 17 }},
		"negative_share":     {func(c *C) { c.NegativeShare = 1 }},
		"coverage":           {func(c *C) { c.Coverage = -1 }},
	})
}

func TestLLMRefuses(t *testing.T) {
	type C = GenerateCorpus
	good := func() *C {
		c := goodCorpus()
		c.Writer, c.LLM.BaseURL, c.LLM.Model = "llm", "http://localhost:8000/v1", "m"
		return c
	}
	refused(t, good, map[string][]func(*C){
		"llm.base_url":            {func(c *C) { c.LLM.BaseURL = "" }, func(c *C) { c.LLM.BaseURL = "localhost:8000" }, func(c *C) { c.LLM.BaseURL = "ftp://x/v1" }},
		"llm.model":               {func(c *C) { c.LLM.Model = "" }},
		"llm.key_env":             {func(c *C) { c.LLM.KeyEnv = "" }},
		"llm.structured":          {func(c *C) { c.LLM.Structured = "xml" }},
		"llm.sentences_per_call":  {func(c *C) { c.LLM.SentencesPerCall = 0 }},
		"llm.attempts":            {func(c *C) { c.LLM.Attempts = 0 }},
		"llm.temperature":         {func(c *C) { c.LLM.Temperature = -2 }, func(c *C) { c.LLM.Temperature = 3 }, func(c *C) { c.LLM.Temperature = math.NaN() }},
		"llm.max_tokens":          {func(c *C) { c.LLM.MaxTokens = 0 }},
		"llm.max_tokens_field":    {func(c *C) { c.LLM.MaxTokensField = "tokens" }},
		"llm.max_leak":            {func(c *C) { c.LLM.MaxLeak = -0.1 }, func(c *C) { c.LLM.MaxLeak = 1.1 }},
		"llm.min_length":          {func(c *C) { c.LLM.MinLength = -1 }, func(c *C) { c.LLM.MinLength, c.LLM.MaxLength = 9, 8 }},
		"llm.max_length":          {func(c *C) { c.LLM.MaxLength = -1 }},
		"llm.near_duplicate":      {func(c *C) { c.LLM.NearDuplicate = 0 }, func(c *C) { c.LLM.NearDuplicate = 2 }},
		"llm.concurrency":         {func(c *C) { c.LLM.Concurrency = 0 }},
		"llm.requests_per_minute": {func(c *C) { c.LLM.RequestsPerMinute = -1 }},
		"llm.tokens_per_minute":   {func(c *C) { c.LLM.TokensPerMinute = -1 }},
		"llm.timeout_seconds":     {func(c *C) { c.LLM.TimeoutSeconds = 0 }, func(c *C) { c.LLM.TimeoutSeconds = math.Inf(1) }},
		"llm.retries":             {func(c *C) { c.LLM.Retries = -1 }},
		"llm.backoff_seconds":     {func(c *C) { c.LLM.BackoffSeconds = 0 }},
		"llm.budget_requests":     {func(c *C) { c.LLM.BudgetRequests = -1 }},
		"llm.budget_tokens":       {func(c *C) { c.LLM.BudgetTokens = -1 }},
		"llm.price_prompt":        {func(c *C) { c.LLM.PricePrompt = -1 }},
		"llm.price_completion":    {func(c *C) { c.LLM.PriceCompletion = -1 }},
	})
	template := goodCorpus()
	template.LLM = LLM{}
	if err := template.Validate(); err != nil {
		t.Errorf("the template writer needs no model: %v", err)
	}
}

func TestServeRefuses(t *testing.T) {
	for key, change := range map[string]func(*Serve){
		"checkpoint":               func(c *Serve) { c.Checkpoint = " " },
		"addr":                     func(c *Serve) { c.Addr = "localhost" },
		"model_name":               func(c *Serve) { c.ModelName = "" },
		"top_k":                    func(c *Serve) { c.TopK = 101 },
		"threshold":                func(c *Serve) { c.Threshold = -1.5 },
		"filter_threshold":         func(c *Serve) { c.FilterThreshold = 2 },
		"tls_key":                  func(c *Serve) { c.TLSCert = "cert.pem" },
		"tls_cert":                 func(c *Serve) { c.TLSKey = "key.pem" },
		"precision":                func(c *Serve) { c.Precision = "fp16" },
		"batch_tokens":             func(c *Serve) { c.BatchTokens = 0 },
		"workers":                  func(c *Serve) { c.Workers = -1 },
		"queue_tokens":             func(c *Serve) { c.QueueTokens = 0 },
		"max_requests":             func(c *Serve) { c.MaxRequests = 0 },
		"max_body_bytes":           func(c *Serve) { c.MaxBodyBytes = 0 },
		"read_timeout_seconds":     func(c *Serve) { c.ReadTimeoutSeconds = 0 },
		"request_timeout_seconds":  func(c *Serve) { c.RequestTimeoutSeconds = math.NaN() },
		"shutdown_timeout_seconds": func(c *Serve) { c.ShutdownTimeoutSeconds = 1e9 },
		"shutdown_delay_seconds":   func(c *Serve) { c.ShutdownDelaySeconds = -1 },
		"log_format":               func(c *Serve) { c.LogFormat = "xml" },
	} {
		var c Serve
		c.Defaults()
		c.Checkpoint = "model"
		for _, addr := range []string{":0", "[::1]:80", "example.org:65535"} {
			c.Addr = addr
			if err := c.Validate(); err != nil {
				t.Fatal(err)
			}
		}
		change(&c)
		var complaint *KeyError
		if err := c.Validate(); !errors.As(err, &complaint) || complaint.Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
}
