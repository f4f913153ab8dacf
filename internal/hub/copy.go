package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"skillspace/internal/atomicfile"
)

// CheckOutput returns an error if Copy must not replace output. Copy replaces a model's folder and an empty folder.
func CheckOutput(output string) error {
	entries, err := os.ReadDir(output)
	if errors.Is(err, fs.ErrNotExist) || err == nil && (len(entries) == 0 || exists(filepath.Join(output, "config.json"))) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("output: %w", err)
	}
	return fmt.Errorf("output %s: the folder holds files and is not a model; choose another folder, or empty this one", output)
}

// Copy copies a model from one folder to another, where it appears in one step. It follows symbolic links.
func Copy(ctx context.Context, from, output string, check func(folder string) error) (*Model, error) {
	small, large, err := chooseIn(from)
	if err == nil {
		err = check(from)
	}
	if err == nil {
		err = os.MkdirAll(filepath.Dir(output), 0o777)
	}
	if err != nil {
		return nil, fmt.Errorf("copy %s: %w", from, err)
	}
	model := &Model{Folder: output, Files: len(small) + len(large)}
	err = atomicfile.ReplaceDir(output, func(tmp string) error {
		for _, name := range append(small, large...) {
			n, err := copyFile(ctx, filepath.Join(from, filepath.FromSlash(name)), filepath.Join(tmp, filepath.FromSlash(name)))
			if err != nil {
				return err
			}
			model.Bytes += n
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("copy %s: %w", from, err)
	}
	return model, nil
}

func copyFile(ctx context.Context, from, to string) (int64, error) {
	in, err := os.Open(from)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return 0, err
	}
	out, err := os.Create(to)
	if err != nil {
		return 0, err
	}
	var total int64
	for err == nil {
		if err = ctx.Err(); err != nil {
			break
		}
		var n int64
		n, err = io.CopyN(out, in, 64<<20) // the context is checked between two pieces
		total += n
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return total, errors.Join(err, out.Close())
}
