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

// errMismatch means that a file differs from the size or the checksum that the hub announced.
var errMismatch = errors.New("not the file that the hub announced")

const (
	tries      = 5
	partSuffix = ".incomplete" // of a file that is not complete; huggingface_hub resumes it too
	stall      = 60 * time.Second
)

// size returns the announced size in bytes, 0 if it is unknown.
func (f remoteFile) size() int64 {
	if f.LFS != nil && f.LFS.Size > 0 {
		return f.LFS.Size
	}
	return f.Size
}

// checksum returns the name of the file's blob in the cache. It is the sha256 of a large file and git's sha1 of a small one. If the
// hub announces neither, the name is a hash of the commit and the file name.
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

// validChecksum is a sha1 or a sha256 in hexadecimal. It becomes a file name, so every other text is refused.
var validChecksum = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// fetch downloads a file to path and verifies it. It resumes the download that an earlier call left at path.incomplete.
func (c *Client) fetch(ctx context.Context, address, path string, file remoteFile, progress func(n int64)) error {
	if info, err := os.Stat(path); err == nil && verify(path, file) == nil {
		progress(info.Size())
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	part := path + partSuffix
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
		progress(-counted) // the next try counts these bytes again
		if errors.Is(err, errMismatch) {
			_ = os.Remove(part) // a wrong file must not be resumed
		}
		if try == tries || !transient(err) || ctx.Err() != nil {
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

// fetchOnce appends the missing bytes to part.
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
		return errors.Join(out.Truncate(0), err) // part is longer than the file: start again
	}
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK && from > 0 { // the server ignored the range and sends the whole file
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

// limit returns how many bytes to read at most. It is one more than announced, so verify notices a file that is too long.
func limit(file remoteFile, from int64) int64 {
	if size := file.size(); size > 0 {
		return max(size-from+1, 1)
	}
	return maxUnannounced
}

// maxUnannounced bounds the bytes of a file whose size is unknown.
const maxUnannounced = 16 << 30

// watchdog cancels a download that receives no byte for too long.
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

// verify compares a file with the announced size and with the announced sha256 or git sha1.
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
		fmt.Fprintf(sum, "blob %d\x00", info.Size()) // git hashes this header too
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

// verified reports whether the hub announced a checksum.
func (f remoteFile) verified() bool {
	return f.LFS != nil && f.LFS.SHA256 != "" || f.LFS == nil && f.BlobID != ""
}

// exists reports whether path exists.
func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
