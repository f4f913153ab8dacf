//go:build unix

package hub

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"
	"time"
)

// While another process holds a file's lock, nothing is fetched, and an interrupt is still heard.
func TestLock(t *testing.T) {
	h, cache := newHub(t), Cache{t.TempDir()}
	held := cache.lock("owner/model", fmt.Sprintf("%x", sha256.Sum256([]byte(h.content[weights]))))
	unlock, err := lockFile(t.Context(), held)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := h.client().Fetch(ctx, cache, options()); !errors.Is(err, context.DeadlineExceeded) || h.asked(weights) > 0 {
		t.Errorf("%v, requests %q", err, h.requests)
	}
	unlock()
	fetched(t, h, cache)
}
