package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"
)

// server is a side that answers HTTP requests.
type server struct {
	name    string
	command func(port int) []string
	ready   string // path that answers 200 when requests may come
	path    string // where ads are sent
	body    func(ad string) any
}

// serverStart bounds the time until a server is ready: at its first start either side embeds the whole of its skills.
const serverStart = 20 * time.Minute

// running is a server that is ready.
type running struct {
	url string // of its root, without a slash at the end
	pid int
}

// serve starts the server on a free port of the loopback interface, calls use when it is ready, and stops it. It is an error if the
// server ends by itself or fails.
func (b *bench) serve(ctx context.Context, s server, use func(ctx context.Context, r running) error) (*finished, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	used := make(chan error, 1)
	r := running{url: "http://127.0.0.1:" + strconv.Itoa(port)}
	begin := func(pid int) {
		r.pid = pid
		go func() {
			err := awaitReady(ctx, r.url+s.ready)
			if err == nil {
				err = use(ctx, r)
			}
			used <- err
		}()
	}
	f, err := (&child{name: s.name, env: b.environment(), command: s.command(port), started: begin, interrupt: true, server: true,
		watch: func(time.Time) (bool, error) {
			select {
			case err := <-used:
				used <- err // for the wait below
				return true, err
			default:
				return false, nil
			}
		}}).run(ctx)
	if r.pid != 0 { // nothing may go on when this returns
		cancel()
		<-used //nolint:errcheck // watch has returned this error
	}
	return f, err
}

// freePort returns a free port of the loopback interface.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// awaitReady returns when an address answers 200.
func awaitReady(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, serverStart)
	defer cancel()
	client := &http.Client{Timeout: 5 * time.Second}
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w", url, ctx.Err())
		}
	}
}
