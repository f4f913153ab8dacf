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

// joinWorld meets the other processes that a launcher started. Ranks above 0 then log warnings only.
func joinWorld() (*world, error) {
	p, err := launcher.Environment()
	if err != nil || p.Size == 1 {
		return &world{place: p}, err
	}
	group, err := libtorch.JoinGroup(libtorch.GroupOptions{Host: p.Host, Port: p.Port, Rank: p.Rank, Size: p.Size, StoreExists: p.StoreExists,
		Prefix: "skillspace/" + p.Attempt, Network: p.Network, JoinTimeout: min(joinTimeout, p.Timeout), Timeout: p.Timeout})
	if err != nil {
		return nil, err
	}
	if p.Rank > 0 {
		slog.SetDefault(slog.New(warnings{slog.Default().Handler()}))
	}
	slog.Info("training with other processes", "rank", p.Rank, "of", p.Size)
	return &world{group, p}, nil
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

// warnings drops what is not at least a warning.
type warnings struct{ slog.Handler }

func (h warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

func (h warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{h.Handler.WithAttrs(attrs)}
}

func (h warnings) WithGroup(name string) slog.Handler { return warnings{h.Handler.WithGroup(name)} }
