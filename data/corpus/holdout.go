package corpus

import "hash/fnv"

// Share maps a text to [0, 1) by hash: what is held out below a share is held out in every run, and never on both sides.
func Share(text string) float64 {
	h := fnv.New64a()
	h.Write([]byte(text))
	// FNV's high bits mix poorly on texts that differ at their end; a multiplication spreads them.
	return float64(h.Sum64()*0x9e3779b97f4a7c15>>11) / (1 << 53)
}
