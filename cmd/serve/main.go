// Command serve answers HTTP requests with the skills of job ads, and with embeddings.
// It holds flags and wiring only: package serve answers.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"skillspace/cmd/internal/loader"
	"skillspace/config"
	"skillspace/embedding"
	"skillspace/extract"
	"skillspace/internal/command"
	"skillspace/internal/libtorch"
	"skillspace/internal/progress"
	"skillspace/serve"
	"skillspace/serve/batching"
)

func main() { command.Main(newCommand()) }

func newCommand() *cobra.Command {
	cfg := new(config.Serve)
	cmd := &cobra.Command{
		Use:   "serve --checkpoint DIR [--filter DIR] [--taxonomy DIR] [--addr HOST:PORT]",
		Short: "Answer HTTP requests with the skills of job ads",
		Long: "serve loads a checkpoint and answers POST /v1/extract, POST /v1/embed (as OpenAI's embeddings API), GET /v1/skills and GET /v1/model;\n" +
			"/openapi.json describes them. /healthz, /readyz and /metrics are for operators. It listens on loopback unless --addr says\n" +
			"otherwise. A bearer token that requests must carry comes from the environment variable SKILLSPACE_TOKEN or from --token-file.\n\n" +
			"SIGINT and SIGTERM stop it: /readyz turns to 503, what was taken is finished, and the exit status is 0.",
		Example: "  serve --checkpoint model --filter filter\n" +
			"  serve --checkpoint model --addr :8443 --tls-cert cert.pem --tls-key key.pem --token-file token\n" +
			"  curl -s localhost:8080/v1/extract -H 'Content-Type: application/json' -d '{\"text\": \"You drive trucks.\"}'",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return libtorch.Advise(run(cmd.Context(), cfg), embedding.MemoryAdvice)
		},
	}
	command.Configure(cmd, cfg).AddFlags()
	return cmd
}

func run(ctx context.Context, cfg *config.Serve) error {
	log := slog.New(logHandler(cfg.LogFormat))
	slog.SetDefault(log) // for what the layers below say
	token, err := readToken(cfg)
	if err != nil {
		return command.Usage(err)
	}
	certificate, err := readCertificate(cfg)
	if err != nil {
		return command.Usage(err)
	}
	checked, err := loader.Check(cfg.ModelSource)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", cfg.Addr) // before the model, whose loading probes may follow at /readyz
	if err != nil {
		return command.Usage(fmt.Errorf("addr: %w", err))
	}
	announce(log, listener.Addr(), certificate != nil, token != "")
	return serveModel(ctx, serve.New(settings(cfg, token, log)), checked, listener, certificate)
}

// serveModel answers requests from the start, and with the model as soon as it is loaded.
func serveModel(ctx context.Context, server *serve.Server, checked *loader.Checked, listener net.Listener, certificate *tls.Certificate) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan error, 1)
	go func() {
		served <- server.Serve(ctx, listener, certificate)
		stop() // a listener that fails ends loading too
	}()
	started := time.Now()
	x, err := checked.Open(ctx)
	if err != nil {
		stop()
		return errors.Join(err, <-served)
	}
	defer x.Close()
	// The first pass is slow, and shows that the model works.
	if _, err := x.Extract(ctx, "You drive trucks.", extract.Criteria{TopK: 1}); err != nil {
		stop()
		return errors.Join(err, <-served)
	}
	settleMemory()
	queue := server.Load(x)
	defer queue.Close()
	slog.Info("ready", "skills", len(x.Index.Skills), "filter", x.Filter != nil, "load_s", time.Since(started).Seconds())
	return <-served
}

// settleMemory gives back what loading has left behind, and has garbage collected early from now on: most of the heap is the skills' embeddings, which
// hold no pointers, so a collection costs little. GOGC in the environment wins.
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
		MaxRequests: cfg.MaxRequests, MaxBodyBytes: int64(cfg.MaxBodyBytes),
		MaxResponseBytes: int64(cfg.MaxResponseBytes), MaxMemoryBytes: int64(cfg.MaxMemoryBytes),
		ReadTimeout: seconds(cfg.ReadTimeoutSeconds), RequestTimeout: seconds(cfg.RequestTimeoutSeconds),
		ShutdownDelay: seconds(cfg.ShutdownDelaySeconds), ShutdownTimeout: seconds(cfg.ShutdownTimeoutSeconds), Log: log,
	}
}

func logHandler(format string) slog.Handler {
	if format == "text" || format == "auto" && term.IsTerminal(int(os.Stderr.Fd())) {
		return slog.NewTextHandler(progress.Stderr, nil)
	}
	return slog.NewJSONHandler(progress.Stderr, nil)
}

// announce tells where the server is to be found, and of what an operator may not have meant.
func announce(log *slog.Logger, addr net.Addr, encrypted, guarded bool) {
	scheme := "http"
	if encrypted {
		scheme = "https"
	}
	log.Info("listening", "url", scheme+"://"+addr.String()+"/")
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || tcp.IP.IsLoopback() {
		return
	}
	if !guarded {
		log.Warn("every host that reaches this address may use the server: it has no token (token_env, token_file)")
	} else if !encrypted {
		log.Warn("the token goes over the network in the clear: there is no TLS (tls_cert, tls_key)")
	}
}
