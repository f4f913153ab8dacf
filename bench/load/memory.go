package load

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// follow samples a process's resident memory from a time on until ctx is done. Without a process it returns nil at once.
func follow(ctx context.Context, pid int, from time.Time) (*Memory, error) {
	if pid == 0 {
		return nil, nil
	}
	select {
	case <-time.After(time.Until(from)):
	case <-ctx.Done():
	}
	now, err := resident(pid)
	if err != nil {
		return nil, err
	}
	m := &Memory{Start: now, End: now, Max: now}
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return m, nil
		case <-tick.C:
		}
		if m.End, err = resident(pid); err != nil {
			return nil, err
		}
		m.Max = max(m.Max, m.End)
	}
}

// resident returns a process's resident memory in MB of 2^20 bytes.
func resident(pid int) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("follow the server's memory: %w", err)
	}
	_, rest, found := strings.Cut(string(status), "VmRSS:")
	fields := strings.Fields(rest)
	if !found || len(fields) == 0 {
		return 0, fmt.Errorf("follow the server's memory: process %d has none", pid)
	}
	kilobytes, err := strconv.ParseFloat(fields[0], 64)
	if err != nil {
		return 0, fmt.Errorf("follow the server's memory: %w", err)
	}
	return kilobytes / 1024, nil
}
