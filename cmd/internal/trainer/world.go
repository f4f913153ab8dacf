package trainer

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"skillspace/config"
	"skillspace/internal/launcher"
	"skillspace/internal/libtorch"
	"skillspace/train"
)

// world is the processes that a launcher started for one training, and this process's place among them.
type world struct {
	*libtorch.Group // nil for a process alone
	place           launcher.Place
}

// joinTimeout bounds the wait until all processes have started.
const joinTimeout = 10 * time.Minute

// joinWorld meets the other processes that a launcher started. Ranks above 0 then log errors only: their
// warnings about data and settings are those of rank 0.
func joinWorld(ctx context.Context) (*world, error) {
	p, err := launcher.Environment()
	if err != nil || p.Size == 1 {
		return &world{place: p}, err
	}
	if p.Rank == 0 {
		slog.Info("waiting for the other processes", "processes", p.Size, "at", p.Host, "port", p.Port)
	}
	group, err := join(ctx, libtorch.GroupOptions{Host: p.Host, Port: p.Port, Rank: p.Rank, Size: p.Size, StoreExists: p.StoreExists,
		Prefix: "skillspace/" + p.Attempt, Network: p.Network, JoinTimeout: min(joinTimeout, p.Timeout), Timeout: p.Timeout})
	if err != nil {
		return nil, err
	}
	if p.Rank > 0 {
		slog.SetDefault(slog.New(errorsOnly{slog.Default().Handler()}))
	}
	return &world{group, p}, nil
}

// join is JoinGroup until ctx is cancelled: a launcher ends the ranks that wait for one that has failed.
func join(ctx context.Context, o libtorch.GroupOptions) (*libtorch.Group, error) {
	var group *libtorch.Group
	done := make(chan error, 1)
	go func() {
		var err error
		group, err = libtorch.JoinGroup(o)
		done <- err
	}()
	select {
	case err := <-done:
		return group, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (w *world) leads() bool { return w.Rank() == 0 }

// openFolder opens the run's folder with the resolved configuration. Rank 0 alone reads and writes it.
func (w *world) openFolder(dir string, schema config.Schema, resume bool) (*train.Folder, error) {
	text, err := config.Dump(schema)
	if err != nil {
		return nil, err
	}
	if !w.leads() {
		return train.FollowFolder(dir, text), nil
	}
	return train.OpenFolder(dir, text, resume)
}

// device returns the configured device; with several processes on a machine, each takes a CUDA device of its own.
func (w *world) device(configured string) string {
	if !w.Alone() && (configured == "cuda" || (configured == "auto" && libtorch.CUDADevices() > 0)) {
		return fmt.Sprintf("cuda:%d", w.place.LocalRank)
	}
	return configured
}

// leaderFirst runs read on rank 0 and then on the others, which find the tokens that rank 0 has cached.
func leaderFirst[D any](w *world, read func() (D, error)) (data D, err error) {
	if w.leads() {
		if data, err = read(); err != nil {
			return data, err
		}
	}
	if err := w.Barrier(); err != nil {
		return data, err
	}
	if !w.leads() {
		data, err = read()
	}
	return data, err
}

// errorsOnly drops what is not an error.
type errorsOnly struct{ slog.Handler }

func (h errorsOnly) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelError && h.Handler.Enabled(ctx, level)
}

func (h errorsOnly) WithAttrs(attrs []slog.Attr) slog.Handler {
	return errorsOnly{h.Handler.WithAttrs(attrs)}
}

func (h errorsOnly) WithGroup(name string) slog.Handler {
	return errorsOnly{h.Handler.WithGroup(name)}
}
