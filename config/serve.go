package config

// Serve configures serve.
type Serve struct {
	// Checkpoint of the bi-encoder. Required.
	Checkpoint string `yaml:"checkpoint" path:"folder"`
	// Checkpoint of the sentence filter. Empty: every sentence is searched for skills.
	Filter string `yaml:"filter" path:"folder"`
	// Folder with ESCO's CSV files. Empty: the skills stored with the checkpoint, if it was exported with a taxonomy.
	Taxonomy string `yaml:"taxonomy" path:"folder"`
	// Language of the skills' labels and descriptions, such as `zh` for skills_zh.csv; the hierarchy may stay English. Empty: English, or the only one there is.
	TaxonomyLanguage string `yaml:"taxonomy_language"`
	// Host and port to listen on. Without a host, every interface.
	Addr string `yaml:"addr"`
	// Name of the model in responses.
	ModelName string `yaml:"model_name"`
	// Most skills a sentence, where a request does not say.
	TopK int `yaml:"top_k"`
	// Cosine score (-1 to 1) from which a skill is reported, where a request does not say.
	Threshold float64 `yaml:"threshold"`
	// Probability (0 to 1) from which the filter keeps a sentence, where a request does not say; -1 for the threshold calibrated when it was trained.
	FilterThreshold float64 `yaml:"filter_threshold"`
	// Which texts of a skill count: `label` (its preferred label), `labels` (the mean of that and its best alternative label), `all` (and the description).
	Views string `yaml:"views"`
	// Whether the skills' embeddings are kept in the checkpoint's folder for the next time.
	Cache bool `yaml:"cache"`
	// Precision of the forward passes: `fp32`, `bf16` (twice as fast where the hardware multiplies it) or `auto`.
	Precision string `yaml:"precision"`
	// Where the computation runs: `auto` (CUDA if this build and machine have it, else the CPU), `cpu`, `cuda` (the first CUDA device), or `cuda:N` (device N, from 0). A CUDA device that does not exist is an error.
	Device string `yaml:"device"`
	// CPU threads; 0 for all.
	Threads int `yaml:"threads"`
	// Environment variable that holds the bearer token that requests to /v1/ must carry. Neither this nor a file: no token is asked for.
	TokenEnv string `yaml:"token_env"`
	// File that holds the bearer token, which wins over the variable.
	TokenFile string `yaml:"token_file" path:"file"`
	// File with the TLS certificate, and those up to its authority, in PEM. Empty: plain HTTP.
	TLSCert string `yaml:"tls_cert" path:"file"`
	// File with the certificate's key in PEM.
	TLSKey string `yaml:"tls_key" path:"file"`
	// Tokens that share a forward pass, across requests.
	BatchTokens int `yaml:"batch_tokens"`
	// Forward passes at a time on the CPU, which share its threads: more ads a second where many wait, and a lone one still has all threads. 0 for one a thread, or with more than 8 threads for at most 8 with as many threads each; on CUDA there is one.
	Workers int `yaml:"workers"`
	// Tokens that may wait for a pass, beyond which requests are turned away with 429.
	QueueTokens int `yaml:"queue_tokens"`
	// Requests to /v1/ at a time: read, waiting and computed; beyond it they are turned away with 429.
	MaxRequests int `yaml:"max_requests"`
	// Bytes of a request's body, beyond which it is turned away with 413.
	MaxBodyBytes int `yaml:"max_body_bytes"`
	// Seconds that a client may take to send its request (above 0).
	ReadTimeoutSeconds float64 `yaml:"read_timeout_seconds"`
	// Seconds that a request may take once it is read (above 0); then the answer is 504.
	RequestTimeoutSeconds float64 `yaml:"request_timeout_seconds"`
	// Seconds to go on after the signal to stop, with /readyz at 503, so that load balancers look elsewhere first.
	ShutdownDelaySeconds float64 `yaml:"shutdown_delay_seconds"`
	// Seconds after that in which the requests taken may finish (above 0).
	ShutdownTimeoutSeconds float64 `yaml:"shutdown_timeout_seconds"`
	// Form of the log on stderr: `json`, `text`, or `auto` (text on a terminal, else JSON).
	LogFormat string `yaml:"log_format"`
}

// Defaults overwrites every field with its default.
func (c *Serve) Defaults() {
	*c = Serve{
		Addr: "127.0.0.1:8080", ModelName: "skillspace", TopK: 5, Threshold: 0.5, FilterThreshold: -1, Views: "labels", Cache: true, Precision: "fp32", Device: "auto",
		TokenEnv: "SKILLSPACE_TOKEN", BatchTokens: 4096, QueueTokens: 128 << 10, MaxRequests: 256, MaxBodyBytes: 1 << 20,
		ReadTimeoutSeconds: 10, RequestTimeoutSeconds: 30, ShutdownTimeoutSeconds: 30, LogFormat: "auto",
	}
}

// Validate returns the first value that cannot work, as a *KeyError.
func (c *Serve) Validate() error {
	var k checker
	k.required("checkpoint", c.Checkpoint, "the folder with the bi-encoder, such as RUN/checkpoints/best")
	checkAddress(&k, "addr", c.Addr)
	k.required("model_name", c.ModelName, "the model in responses")
	k.between("top_k", c.TopK, 1, 100)
	k.atMost("threshold", c.Threshold, 1)
	k.notBelow("threshold", c.Threshold, -1)
	checkFilterThreshold(&k, c.FilterThreshold)
	checkViews(&k, c.Views)
	k.oneOf("precision", c.Precision, "fp32", "bf16", "auto")
	checkDevice(&k, c.Device)
	k.between("threads", c.Threads, 0, 1024)
	if c.TLSCert != "" && c.TLSKey == "" {
		k.fail("tls_key", "is not set; a certificate (tls_cert) needs its key")
	}
	if c.TLSKey != "" && c.TLSCert == "" {
		k.fail("tls_cert", "is not set; a key (tls_key) needs its certificate")
	}
	k.between("batch_tokens", c.BatchTokens, 1, 1<<20)
	k.between("workers", c.Workers, 0, 1024)
	k.between("queue_tokens", c.QueueTokens, 1, 1<<30)
	k.between("max_requests", c.MaxRequests, 1, 1<<20)
	k.between("max_body_bytes", c.MaxBodyBytes, 1, 1<<30)
	for _, d := range []struct {
		key     string
		seconds float64
	}{
		{"read_timeout_seconds", c.ReadTimeoutSeconds}, {"request_timeout_seconds", c.RequestTimeoutSeconds},
		{"shutdown_timeout_seconds", c.ShutdownTimeoutSeconds},
	} {
		k.above(d.key, d.seconds, 0)
		k.atMost(d.key, d.seconds, 86400)
	}
	k.notNegative("shutdown_delay_seconds", c.ShutdownDelaySeconds)
	k.atMost("shutdown_delay_seconds", c.ShutdownDelaySeconds, 86400)
	k.oneOf("log_format", c.LogFormat, "auto", "json", "text")
	return k.result()
}
