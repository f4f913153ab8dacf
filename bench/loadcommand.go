package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"skillspace/bench/load"
	"skillspace/internal/command"
)

// loadOptions are the flags of bench load.
type loadOptions struct {
	url, tokenEnv string
	clients, pid  int
	length        time.Duration
	warmUp        time.Duration
}

// newLoad is the load generator for a server that is running already.
func newLoad() *cobra.Command {
	o := &loadOptions{}
	cmd := &cobra.Command{
		Use:   "load [FILE...]",
		Short: "Send ads to a running server from many clients at once",
		Long: "load sends POST /v1/extract, an ad a request, each client its next when the last is answered, and prints medians as JSON. A FILE holds\n" +
			"ads as extract-skills reads them (default: the three of examples/ads).",
		Example: "  bin/serve --checkpoint model & go run ./bench load --pid $! --seconds 60s",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.clients < 1 || o.length <= 0 || o.warmUp < 0 {
				return command.Usagef("want at least one client, and times that are not negative")
			}
			if len(args) == 0 {
				args = exampleAds
			}
			return runLoad(cmd.Context(), o, args, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.url, "url", "http://127.0.0.1:8080/v1/extract", "`address` to send to")
	f.StringVar(&o.tokenEnv, "token-env", "SKILLSPACE_TOKEN", "environment `variable` with the bearer token, if there is one")
	f.IntVar(&o.clients, "clients", 64, "requests at a time")
	f.IntVar(&o.pid, "pid", 0, "the server's `process`, whose memory is followed")
	f.DurationVar(&o.length, "seconds", time.Minute, "how `long` is measured, such as 30s")
	f.DurationVar(&o.warmUp, "warmup", 5*time.Second, "how `long` is sent before that")
	return cmd
}

func runLoad(ctx context.Context, o *loadOptions, files []string, out io.Writer) error {
	texts, err := readAds(ctx, files)
	if err != nil {
		return command.Usage(err)
	}
	bodies, err := bodiesOf(texts, extractBody)
	if err != nil {
		return err
	}
	header := http.Header{}
	if token := os.Getenv(o.tokenEnv); token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	result, err := load.Run(ctx, load.Options{
		URL: o.url, Body: func(i int) []byte { return bodies[i%len(bodies)] }, Header: header, Clients: o.clients, WarmUp: o.warmUp, Length: o.length,
		Timeout: time.Minute, PID: o.pid,
	})
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(result)
}
