package ads

import (
	"context"
	"io"
)

// Interruptible makes a reader that may wait for ever, such as a terminal, end with ctx's error when ctx is done. A read that is under
// way then goes on in the background; r must not be used afterwards.
func Interruptible(ctx context.Context, r io.Reader) io.Reader { return &interruptible{ctx: ctx, r: r} }

type interruptible struct {
	ctx context.Context
	r   io.Reader
}

type readResult struct {
	data []byte
	err  error
}

// Read reads into a buffer of its own, as the caller's must not be written to after Read has returned.
func (i *interruptible) Read(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	done := make(chan readResult, 1)
	go func() {
		buffer := make([]byte, min(len(p), 64<<10))
		n, err := i.r.Read(buffer)
		done <- readResult{buffer[:n], err}
	}()
	select {
	case <-i.ctx.Done():
		return 0, i.ctx.Err()
	case result := <-done:
		return copy(p, result.data), result.err
	}
}
