package config

// Serve configures serve.
type Serve struct {
	// filter_threshold: Lowest probability (0 to 1) at which the filter keeps a sentence, where a request does not say; -1 for the threshold that was calibrated in training.
	ModelSource `yaml:",inline"`
	// Host and port to listen on. Without a host: on every interface.
	Addr string `yaml:"addr"`
	// Names that requests may have in their Host header, besides localhost and addresses. On loopback, other names are refused with 421. On another address every name is served if this list is empty.
	AllowedHosts []string `yaml:"allowed_hosts"`
	// Host and port for /metrics, /healthz and /readyz in plain HTTP. Empty: addr serves /metrics too.
	MetricsAddr string `yaml:"metrics_addr"`
	// Name of the model in responses.
	ModelName string `yaml:"model_name"`
	// top_k: Largest number of skills reported for a sentence, where a request does not say.
	// threshold: Lowest score (-1 to 1) at which a skill is reported, where a request does not say; -2 for the threshold that training chose and stored in the checkpoint, or 0.5 if it stores none.
	Reporting `yaml:",inline"`
	// Environment variable with the bearer token that requests to /v1/ must carry. Without this and token_file, no token is needed.
	TokenEnv string `yaml:"token_env"`
	// File with the bearer token. It wins over token_env.
	TokenFile string `yaml:"token_file" path:"file"`
	// File with the TLS certificate and its chain, in PEM. Empty: plain HTTP.
	TLSCert string `yaml:"tls_cert" path:"file"`
	// File with the certificate's key, in PEM.
	TLSKey string `yaml:"tls_key" path:"file"`
	// Largest number of tokens in a forward pass. Requests share passes.
	BatchTokens int `yaml:"batch_tokens"`
	// Forward passes that run at the same time on the CPU and share its threads. More passes answer more ads a second when many requests wait; a single request still gets all threads. 0 for one a thread, at most 8. On CUDA there is one.
	Workers int `yaml:"workers"`
	// Largest number of tokens that wait for a pass. Requests beyond it are refused with 429.
	QueueTokens int `yaml:"queue_tokens"`
	// Largest number of requests to /v1/ at the same time, waiting or computed. A request whose body is still being read does not count. Requests beyond it are refused with 429.
	MaxRequests int `yaml:"max_requests"`
	// Largest number of open connections. Further ones are closed at once. The limit of open files lowers it.
	MaxConnections int `yaml:"max_connections"`
	// Largest number of open connections of one address (of a /64 network in IPv6). Loopback is not limited.
	MaxConnectionsPerClient int `yaml:"max_connections_per_client"`
	// Largest body of a request in bytes. A larger one is refused with 413.
	MaxBodyBytes int `yaml:"max_body_bytes"`
	// Largest response in bytes, by an upper estimate from the number of sentences and top_k. A request that could have a larger one is refused with 413.
	MaxResponseBytes int `yaml:"max_response_bytes"`
	// Memory in bytes that all requests under way may need for bodies, sentences and results, by an upper estimate. Requests beyond it are refused with 429.
	MaxMemoryBytes int `yaml:"max_memory_bytes"`
	// Seconds in which a client must send its request (above 0).
	ReadTimeoutSeconds float64 `yaml:"read_timeout_seconds"`
	// Seconds in which a request must be answered after it was read (above 0). Later the answer is 504.
	RequestTimeoutSeconds float64 `yaml:"request_timeout_seconds"`
	// Seconds to go on after the signal to stop, while /readyz answers 503, so that load balancers send requests elsewhere.
	ShutdownDelaySeconds float64 `yaml:"shutdown_delay_seconds"`
	// Seconds after that delay in which accepted requests may finish (above 0).
	ShutdownTimeoutSeconds float64 `yaml:"shutdown_timeout_seconds"`
	// Format of the log on stderr: `json`, `text`, or `auto` (text on a terminal, else JSON).
	LogFormat string `yaml:"log_format" choices:"auto,json,text"`
}

// Defaults overwrites every field with its default.
func (c *Serve) Defaults() {
	*c = Serve{
		ModelSource: defaultModelSource(),
		Addr:        "127.0.0.1:8080", ModelName: "skillspace", Reporting: Reporting{TopK: 5, Threshold: StoredThreshold},
		TokenEnv: "SKILLSPACE_TOKEN", BatchTokens: 4096, QueueTokens: 128 << 10, MaxRequests: 256, MaxConnections: 1024, MaxConnectionsPerClient: 256,
		MaxBodyBytes:     1 << 20,
		MaxResponseBytes: 32 << 20, MaxMemoryBytes: 256 << 20,
		ReadTimeoutSeconds: 10, RequestTimeoutSeconds: 30, ShutdownTimeoutSeconds: 30, LogFormat: "auto",
	}
}

// Validate returns the first value that cannot work, as a *KeyError.
func (c *Serve) Validate() error {
	var k checker
	checkModelSource(&k, c.ModelSource)
	k.choices("", c)
	checkAddress(&k, "addr", c.Addr)
	if c.MetricsAddr != "" {
		checkAddress(&k, "metrics_addr", c.MetricsAddr)
	}
	k.required("model_name", c.ModelName, "the model in responses")
	checkReporting(&k, c.Reporting, 100)
	checkThreshold(&k, c.ModelSource, c.Reporting)
	if c.TLSCert != "" && c.TLSKey == "" {
		k.lacks("tls_key", "; a certificate (tls_cert) needs its key")
	}
	if c.TLSKey != "" && c.TLSCert == "" {
		k.lacks("tls_cert", "; a key (tls_key) needs its certificate")
	}
	c.checkLimits(&k)
	return k.result()
}

func (c *Serve) checkLimits(k *checker) {
	k.between("batch_tokens", c.BatchTokens, 1, 1<<20)
	k.between("workers", c.Workers, 0, 1024)
	k.between("queue_tokens", c.QueueTokens, 1, 1<<30)
	k.between("max_requests", c.MaxRequests, 1, 1<<20)
	k.between("max_connections", c.MaxConnections, 1, 1<<20)
	k.between("max_connections_per_client", c.MaxConnectionsPerClient, 1, 1<<20)
	k.between("max_body_bytes", c.MaxBodyBytes, 1, 1<<30)
	k.between("max_response_bytes", c.MaxResponseBytes, 1, 1<<40)
	k.between("max_memory_bytes", c.MaxMemoryBytes, 1, 1<<40)
	k.seconds("read_timeout_seconds", c.ReadTimeoutSeconds)
	k.seconds("request_timeout_seconds", c.RequestTimeoutSeconds)
	k.seconds("shutdown_timeout_seconds", c.ShutdownTimeoutSeconds)
	k.notNegative("shutdown_delay_seconds", c.ShutdownDelaySeconds)
	k.atMost("shutdown_delay_seconds", c.ShutdownDelaySeconds, day)
}
