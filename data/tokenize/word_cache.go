package tokenize

import (
	"hash/maphash"
	"slices"
	"sync/atomic"
)

// wordCache keeps the ids of words that were split before. Each word has one slot, and the latest word overwrites
// it. This needs no lock and no list, and bounds the memory to a few megabytes.
type wordCache struct {
	seed   maphash.Seed
	places [1 << 14]atomic.Pointer[cachedWord]
}

type cachedWord struct {
	word string
	ids  []int32
}

// maxCached bounds the bytes of a cached word. Longer words rarely repeat.
const maxCached = 48

func newWordCache() *wordCache { return &wordCache{seed: maphash.MakeSeed()} }

func (c *wordCache) place(word []byte) *atomic.Pointer[cachedWord] {
	return &c.places[maphash.Bytes(c.seed, word)%uint64(len(c.places))]
}

// get returns a word's ids. The caller must not change them.
func (c *wordCache) get(word []byte) ([]int32, bool) {
	if len(word) > maxCached {
		return nil, false
	}
	if kept := c.place(word).Load(); kept != nil && kept.word == string(word) {
		return kept.ids, true
	}
	return nil, false
}

func (c *wordCache) put(word []byte, ids []int32) {
	if len(word) <= maxCached {
		c.place(word).Store(&cachedWord{string(word), slices.Clone(ids)})
	}
}
