package ads

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"skillspace/data/corpus"
	"skillspace/data/textfile"
)

// StreamFile is [Stream] of a file, which may also be Parquet. Parquet that is compressed as a whole is decompressed
// into a temporary file first.
func StreamFile(ctx context.Context, path string, o Layout, use func(Ad) error) (*corpus.Rejects, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read ads: %w", err)
	}
	defer file.Close()
	if o.Format != Parquet {
		rejects, err := Stream(ctx, path, Interruptible(ctx, file), o, use)
		if !errors.Is(err, ErrParquet) {
			return rejects, err
		}
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return nil, fmt.Errorf("read ads: %w", err)
		}
	}
	content, err := uncompressed(file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	defer content.Close()
	info, err := content.Stat()
	if err != nil {
		return nil, fmt.Errorf("read ads: %w", err)
	}
	return StreamParquet(ctx, path, content, info.Size(), o, use)
}

// uncompressed returns the file, or a temporary file without a name that holds what is compressed in it.
func uncompressed(file *os.File) (*os.File, error) {
	content, err := textfile.Decompress(textfile.Buffer(file))
	if err != nil {
		return nil, err
	}
	defer content.Close()
	if !textfile.Compressed(content) {
		return file, nil
	}
	whole, err := os.CreateTemp("", "ads-*.parquet")
	if err != nil {
		return nil, err
	}
	if err := errors.Join(os.Remove(whole.Name()), copyAll(whole, content)); err != nil {
		return nil, errors.Join(err, whole.Close())
	}
	return whole, nil
}

func copyAll(to *os.File, from io.Reader) error {
	_, err := io.Copy(to, from)
	return err
}

// Interruptible returns a reader that ends with ctx's error when ctx is done. It is for readers that may block forever, such as a
// terminal. A read that has begun continues in the background, so r must not be used afterwards.
func Interruptible(ctx context.Context, r io.Reader) io.Reader { return &interruptible{ctx: ctx, r: r} }

type interruptible struct {
	ctx context.Context
	r   io.Reader
}

type readResult struct {
	data []byte
	err  error
}

// Read reads into its own buffer. The caller's buffer must not be written to after Read has returned.
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
