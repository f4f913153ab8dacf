package summary

// Bounds of counting pairs. They keep an ad's cost and the memory of all pairs bounded.
const (
	maxPairSkills = 300     // an ad with more skills has its pairs left out, and is counted
	maxPairs      = 1 << 20 // pairs that are counted at the same time
)

// pairCounter counts in how many ads two skills occur together. When there are more pairs than it may hold, it forgets the rarest: lossy
// counting, Manku and Motwani 2002, "Approximate frequency counts over data streams". A count is then too low by at most missed.
type pairCounter struct {
	counts map[uint64]pairCount
	floor  uint32 // pairs up to this count have been forgotten
	most   int    // pairs held; 0 for maxPairs
}

// pairCount says that a pair occurred in count ads since it was last forgotten, and in at most missed ads before.
type pairCount struct{ count, missed uint32 }

// add counts the pairs of an ad's skills, which are distinct and ascending. It returns false if there are too many.
func (p *pairCounter) add(skills []int32) bool {
	if len(skills) > maxPairSkills {
		return false
	}
	if p.counts == nil {
		p.counts = map[uint64]pairCount{}
	}
	for i, a := range skills {
		for _, b := range skills[i+1:] {
			key := uint64(a)<<32 | uint64(b)
			held, known := p.counts[key]
			if !known {
				held.missed = p.floor
			}
			held.count++
			p.counts[key] = held
		}
	}
	most := p.most
	if most == 0 {
		most = maxPairs
	}
	for len(p.counts) > most {
		p.forget()
	}
	return true
}

// forget removes the rarest pairs.
func (p *pairCounter) forget() {
	p.floor++
	for key, held := range p.counts {
		if held.count+held.missed <= p.floor {
			delete(p.counts, key)
		}
	}
}
