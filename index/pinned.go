package index

import (
	"sync"

	"skillspace/embedding"
	"skillspace/internal/libtorch"
)

// pinned keeps an index's scorers between searches. Each is made when it is first needed: an index that is only
// searched for the best skills may never need the exact one.
type pinned struct {
	device libtorch.Device

	mu                 sync.Mutex
	exact, approximate *scorer
}

// Pin keeps the index's embeddings on device from the next search on, so that they are not copied for each.
// [Index.Close] frees them.
func (x *Index) Pin(device libtorch.Device) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.unpin()
	x.pinned = &pinned{device: device}
}

// Close frees what [Index.Pin] keeps, after the searches that use it. The index still works, unpinned. Close may be
// called again.
func (x *Index) Close() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.unpin()
}

func (x *Index) unpin() {
	if x.pinned == nil {
		return
	}
	for _, s := range []*scorer{x.pinned.exact, x.pinned.approximate} {
		if s != nil {
			s.close()
		}
	}
	x.pinned = nil
}

// exactScorer returns a scorer in fp32. Call release after the last use: it frees a scorer that is not pinned.
func (x *Index) exactScorer() (s *scorer, release func(), err error) {
	x.mu.RLock()
	if x.pinned == nil {
		x.mu.RUnlock()
		if s, err = newScorer(x, libtorch.CPU, libtorch.Float32); err != nil {
			return nil, nil, err
		}
		return s, s.close, nil
	}
	return x.pinnedScorer(&x.pinned.exact, libtorch.Float32)
}

// approximateScorer returns the pinned scorer in bf16, or nil where the index is not pinned on a CPU that multiplies
// bf16 natively. Call release after the last use.
func (x *Index) approximateScorer() (s *scorer, release func(), err error) {
	x.mu.RLock()
	if x.pinned == nil || x.pinned.device != libtorch.CPU || embedding.Precision("auto", libtorch.CPU) != libtorch.BFloat16 {
		x.mu.RUnlock()
		return nil, func() {}, nil
	}
	return x.pinnedScorer(&x.pinned.approximate, libtorch.BFloat16)
}

// pinnedScorer returns the kept scorer, or makes it. The caller holds mu for reading; release gives it up.
func (x *Index) pinnedScorer(kept **scorer, dtype libtorch.DType) (s *scorer, release func(), err error) {
	x.pinned.mu.Lock()
	defer x.pinned.mu.Unlock()
	if *kept == nil {
		if s, err = newScorer(x, x.pinned.device, dtype); err != nil {
			x.mu.RUnlock()
			return nil, nil, err
		}
		*kept = s
	}
	return *kept, x.mu.RUnlock, nil
}
