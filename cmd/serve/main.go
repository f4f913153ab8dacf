// Command serve answers HTTP requests with the skills of job ads, and with embeddings.
// It holds flags and wiring only: package serve answers.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"skillspace/cmd/internal/loader"
	"skillspace/config"
	"skillspace/embedding"
	"skillspace/extract"
	"skillspace/internal/command"
	"skillspace/internal/libtorch"
	"skillspace/serve"
	"skillspace/serve/batching"
)

func main() { command.Main(newCommand(), libtorch.Build) }

func newCommand() *cobra.Command {
	cfg := new(config.Serve)
	cmd := &cobra.Command{
		Use:   "serve --checkpoint DIR [--filter DIR] [--taxonomy DIR] [--addr HOST:PORT]",
		Short: "Answer HTTP requests with the skills of job ads",
		Long: `serve loads a checkpoint and answers POST /v1/extract, POST /v1/embed (like OpenAI's embeddings
API), GET /v1/skills and GET /v1/model. /openapi.json describes them. /healthz, /readyz and /metrics
are for operators. The server listens on the loopback interface unless --addr says otherwise.
Requests must carry a bearer token if the environment variable SKILLSPACE_TOKEN or --token-file
gives one.

SIGINT and SIGTERM stop the server: /readyz answers 503, accepted requests are finished, and the
exit status is 0. SIGHUP reads the token and the certificate again.`,
		Example: `  serve --checkpoint model --filter filter
  serve --checkpoint model --addr :8443 --tls-cert cert.pem --tls-key key.pem --token-file token
  curl -s localhost:8080/v1/extract -H 'Content-Type: application/json' -d '{"text": "You drive trucks."}'`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return libtorch.Advise(run(cmd.Context(), cfg), embedding.MemoryAdvice)
		},
	}
	command.Configure(cmd, cfg).AddFlags()
	return cmd
}

func run(ctx context.Context, cfg *config.Serve) error {
	log := slog.New(command.LogHandler(cfg.LogFormat))
	slog.SetDefault(log) // the packages below log too
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	held, err := readSecrets(cfg)
	if err != nil {
		return command.Usage(err)
	}
	checked, err := loader.Check(cfg.ModelSource)
	if err != nil {
		return err
	}
	defer checked.Close()
	if cfg.Threshold, err = checked.Threshold(cfg.Threshold); err != nil {
		return err
	}
	// The server listens before the model is loaded, so that probes can follow the loading at /readyz.
	listeners, err := listen(cfg)
	if err != nil {
		return command.Usage(err)
	}
	reloading := &reloader{cfg: cfg, log: log}
	reloading.certificate.Store(held.certificate)
	if held.certificate != nil {
		listeners.TLS = reloading.tls()
	}
	announce(log, listeners.API.Addr(), held)
	configuration := settings(cfg, held.token, log)
	configuration.MaxConnections = connectionLimit(log, cfg.MaxConnections)
	server := serve.New(configuration)
	go reloading.watch(ctx, hangups, server)
	return serveModel(ctx, server, checked, listeners)
}

// listen opens the listeners.
func listen(cfg *config.Serve) (serve.Listeners, error) {
	api, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return serve.Listeners{}, fmt.Errorf("addr: %w", err)
	}
	listeners := serve.Listeners{API: api}
	if cfg.MetricsAddr != "" {
		if listeners.Metrics, err = net.Listen("tcp", cfg.MetricsAddr); err != nil {
			return serve.Listeners{}, errors.Join(fmt.Errorf("metrics_addr: %w", err), api.Close())
		}
	}
	return listeners, nil
}

// serveModel answers requests while it loads the model, and with the model as soon as it is loaded.
func serveModel(ctx context.Context, server *serve.Server, checked *loader.Checked, listeners serve.Listeners) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan error, 1)
	go func() {
		served <- server.Serve(ctx, listeners)
		stop() // a listener that fails ends the loading too
	}()
	started := time.Now()
	x, err := checked.Open(ctx)
	if err != nil {
		stop()
		return errors.Join(err, <-served)
	}
	defer x.Close()
	speed, err := measureSpeed(ctx, x)
	if err != nil {
		stop()
		return errors.Join(err, <-served)
	}
	settleMemory()
	queue := server.Load(x, checked.Groups(), speed)
	defer queue.Close()
	slog.Info("ready", "skills", len(x.Index.Skills), "filter", x.Filter != nil, "tokens_per_s", math.Round(speed), "load_s", time.Since(started).Seconds())
	return <-served
}

// measureSpeed returns the model's speed in tokens a second. It also shows that the model works. The first pass is slow, so the second
// one is measured. The sentences differ, because equal ones are computed once.
func measureSpeed(ctx context.Context, x *extract.Extractor) (float64, error) {
	var text strings.Builder
	for i := range 8 {
		fmt.Fprintf(&text, "You drive truck number %d across Europe and keep its records. ", i)
	}
	criteria := extract.Criteria{TopK: 1}
	ad, err := x.Prepare(ctx, text.String(), criteria)
	if err != nil {
		return 0, err
	}
	var took time.Duration
	for range 2 {
		started := time.Now()
		if _, err := x.ExtractPrepared(ctx, []extract.Ad{ad}); err != nil {
			return 0, err
		}
		took = time.Since(started)
	}
	return float64(ad.Tokens()) / max(took.Seconds(), 1e-6), nil
}

// settleMemory returns the memory of loading to the operating system, and makes later garbage collections more frequent. A collection
// is cheap, because most of the heap is embeddings, which hold no pointers. GOGC in the environment has precedence.
func settleMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(25)
	}
	debug.FreeOSMemory()
}

func settings(cfg *config.Serve, token string, log *slog.Logger) serve.Settings {
	seconds := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
	return serve.Settings{
		ModelName: cfg.ModelName, Extract: extract.Criteria{TopK: cfg.TopK, Threshold: float32(cfg.Threshold)}, Token: token,
		Limits:      batching.Limits{BatchTokens: cfg.BatchTokens, QueueTokens: cfg.QueueTokens, Workers: cfg.Workers},
		MaxRequests: cfg.MaxRequests, MaxConnections: cfg.MaxConnections, MaxConnectionsPerClient: cfg.MaxConnectionsPerClient,
		AllowedHosts: cfg.AllowedHosts, MaxBodyBytes: int64(cfg.MaxBodyBytes),
		MaxResponseBytes: int64(cfg.MaxResponseBytes), MaxMemoryBytes: int64(cfg.MaxMemoryBytes),
		ReadTimeout: seconds(cfg.ReadTimeoutSeconds), RequestTimeout: seconds(cfg.RequestTimeoutSeconds),
		ShutdownDelay: seconds(cfg.ShutdownDelaySeconds), ShutdownTimeout: seconds(cfg.ShutdownTimeoutSeconds), Log: log,
	}
}

// announce logs the address of the server, and warns if strangers can use the server or read the token.
func announce(log *slog.Logger, addr net.Addr, held *secrets) {
	scheme := "http"
	if held.certificate != nil {
		scheme = "https"
	}
	log.Info("listening", "url", scheme+"://"+addr.String()+"/")
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || tcp.IP.IsLoopback() {
		return
	}
	if held.token == "" {
		log.Warn("every host that reaches this address can use the server: there is no token (token_env, token_file)")
	} else if held.certificate == nil {
		log.Warn("the token crosses the network unencrypted: there is no TLS (tls_cert, tls_key)")
	}
}
