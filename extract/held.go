package extract

import (
	"sync"

	"skillspace/internal/libtorch"
)

// held is what an index that is searched many times keeps ready for products. It is filled as it is needed: an index that is only asked for the
// best skills may never need more than the rough one.
type held struct {
	device libtorch.Device

	mu           sync.Mutex
	exact, rough *scorer
}

// Hold has the index keep its embeddings on device from the next search on, so that they need not be copied for every one.
// Free what it keeps with Close. Neither must run beside a search.
func (x *Index) Hold(device libtorch.Device) {
	x.Close()
	x.held = &held{device: device}
}

// Close frees what Hold keeps. The index still works.
func (x *Index) Close() {
	if x.held == nil {
		return
	}
	for _, r := range []*scorer{x.held.exact, x.held.rough} {
		if r != nil {
			r.close()
		}
	}
	x.held = nil
}

// exactScorer returns the scorer in fp32, and what frees it when it is not held.
func (x *Index) exactScorer() (r *scorer, done func(), err error) {
	if x.held == nil {
		if r, err = newScorer(x, libtorch.CPU, libtorch.Float32); err != nil {
			return nil, nil, err
		}
		return r, r.close, nil
	}
	r, err = x.held.scorer(x, &x.held.exact, libtorch.Float32)
	return r, func() {}, err
}

// roughScorer returns the held scorer in bf16.
func (x *Index) roughScorer() (*scorer, error) {
	return x.held.scorer(x, &x.held.rough, libtorch.BFloat16)
}

// scorer returns what is kept, or makes it.
func (h *held) scorer(x *Index, kept **scorer, dtype libtorch.DType) (r *scorer, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if *kept == nil {
		if *kept, err = newScorer(x, h.device, dtype); err != nil {
			return nil, err
		}
	}
	return *kept, nil
}
