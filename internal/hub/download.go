package hub

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// errMismatch marks a file that is not what the hub announced.
var errMismatch = errors.New("not the file that the hub announced")

const (
	tries     = 5
	partSplit = ".incomplete" // end of the name of a file that is not whole yet; huggingface_hub goes on from it too
	stall     = 60 * time.Second
)

// size returns a file's announced size, 0 if it is not known.
func (f remoteFile) size() int64 {
	if f.LFS != nil && f.LFS.Size > 0 {
		return f.LFS.Size
	}
	return f.Size
}

// checksum returns the name of a file's blob in the cache: sha256 of a large file, else git's sha1. A hub that tells neither gets a
// name that stands for the file at its commit.
func (f remoteFile) checksum(commit string) (string, error) {
	name := fmt.Sprintf("%x", sha256.Sum256([]byte(commit+"/"+f.Name)))
	if f.LFS != nil && f.LFS.SHA256 != "" {
		name = f.LFS.SHA256
	} else if f.LFS == nil && f.BlobID != "" {
		name = f.BlobID
	}
	if !validChecksum.MatchString(name) {
		return "", fmt.Errorf("%s: the hub's checksum %.100q is neither sha1 nor sha256", f.Name, name)
	}
	return name, nil
}

// validChecksum is sha1 or sha256 as the hub writes it. It becomes a file's name, so nothing else may be let through.
var validChecksum = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// fetch downloads a file to path, going on with what an earlier call left at path.incomplete, and verifies it.
func (c *Client) fetch(ctx context.Context, address, path string, file remoteFile, progress func(n int64)) error {
	if info, err := os.Stat(path); err == nil && verify(path, file) == nil {
		progress(info.Size())
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	part := path + partSplit
	wait := c.Backoff
	for try := 1; ; try++ {
		var counted int64
		err := c.fetchOnce(ctx, address, part, file, func(n int64) { counted += n; progress(n) })
		if err == nil {
			err = verify(part, file)
		}
		if err == nil {
			return os.Rename(part, path)
		}
		progress(-counted) // it is counted again at the next try
		if errors.Is(err, errMismatch) {
			_ = os.Remove(part) // what is wrong must not be gone on with
		}
		if try == tries || !passing(err) || ctx.Err() != nil {
			return fmt.Errorf("fetch %s: %w", file.Name, errors.Join(ctx.Err(), err))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("fetch %s: %w", file.Name, ctx.Err())
		case <-time.After(wait):
		}
		wait *= 2
	}
}

// fetchOnce appends to part what is missing of it.
func (c *Client) fetchOnce(ctx context.Context, address, part string, file remoteFile, progress func(n int64)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	defer out.Close()
	from, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if size := file.size(); size > 0 && from == size {
		progress(from)
		return nil
	}
	response, err := c.get(ctx, address, from)
	var failed *statusError
	if errors.As(err, &failed) && failed.status == http.StatusRequestedRangeNotSatisfiable {
		return errors.Join(out.Truncate(0), err) // longer than the file: begin again
	}
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK && from > 0 { // the server sends the whole file all the same
		if err := out.Truncate(0); err != nil {
			return err
		}
		if from, err = out.Seek(0, io.SeekStart); err != nil {
			return err
		}
	}
	progress(from)
	watched := &watchdog{r: response.Body, timer: time.AfterFunc(stall, cancel), progress: progress}
	defer watched.timer.Stop()
	n, err := io.Copy(out, io.LimitReader(watched, limit(file, from)))
	if err != nil {
		return fmt.Errorf("after %d bytes: %w", from+n, err)
	}
	if err := out.Sync(); err != nil {
		return err
	}
	return out.Close()
}

// limit is how many bytes may follow: one more than announced, so that too long a file is noticed.
func limit(file remoteFile, from int64) int64 {
	if size := file.size(); size > 0 {
		return max(size-from+1, 1)
	}
	return maxUnannounced
}

// maxUnannounced bounds a file whose size the hub does not tell.
const maxUnannounced = 16 << 30

// watchdog ends a download in which nothing arrives for too long.
type watchdog struct {
	r        io.Reader
	timer    *time.Timer
	progress func(n int64)
}

func (w *watchdog) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	w.timer.Reset(stall)
	w.progress(int64(n))
	return n, err
}

// verify compares a file with what the hub announced: its size, and its sha256 or git's sha1.
func verify(path string, file remoteFile) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if size := file.size(); size > 0 && info.Size() < size {
		return fmt.Errorf("%d of %d bytes arrived: %w", info.Size(), size, io.ErrUnexpectedEOF)
	} else if size > 0 && info.Size() > size {
		return fmt.Errorf("%w: more than %d bytes", errMismatch, size)
	}
	var sum hash.Hash
	var want string
	switch {
	case file.LFS != nil && file.LFS.SHA256 != "":
		sum, want = sha256.New(), file.LFS.SHA256
	case file.LFS == nil && file.BlobID != "":
		sum, want = sha1.New(), file.BlobID
		fmt.Fprintf(sum, "blob %d\x00", info.Size()) // as git hashes a file
	default:
		return nil
	}
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want {
		return fmt.Errorf("%w: checksum %s, want %s", errMismatch, got, want)
	}
	return nil
}

// verified tells whether the hub gave a checksum for a file.
func (f remoteFile) verified() bool {
	return f.LFS != nil && f.LFS.SHA256 != "" || f.LFS == nil && f.BlobID != ""
}

// exists tells whether there is something at path.
func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
