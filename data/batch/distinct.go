package batch

import (
	"fmt"
	"slices"
)

const (
	// unsorted is the number of batches whose examples may be exchanged when there is no window.
	unsorted = 32
	// mostTries bounds the candidates in one batch that are checked against the token budget for one example.
	mostTries = 64
)

// PlanDistinct is [Plan] that also keeps examples with a common key in different batches, as far as possible.
// keys holds the keys of each example, such as the skills it names. An example that shares a key with its batch
// waits for the next batch, which holds slightly longer examples. Examples that still wait at the end of a window
// are exchanged with examples of earlier batches.
func PlanDistinct(lengths []int, keys [][]int, epoch int, o Rules) ([][]int, error) {
	if len(keys) != len(lengths) {
		return nil, fmt.Errorf("plan batches: keys of %d examples, lengths of %d", len(keys), len(lengths))
	}
	window := o.Window
	if window <= 1 {
		window = unsorted
	}
	return plan(lengths, epoch, o, func(order []int) (batches [][]int) {
		for part := range slices.Chunk(order, o.Size*window) {
			filled := fill(part, lengths, keys, o)
			newSeparator(filled, lengths, keys, o.Tokens).run()
			batches = append(batches, filled...)
		}
		return batches
	})
}

// fill cuts order into batches. Examples that share a key with their batch wait. The last batches take them in
// any case.
func fill(order []int, lengths []int, keys [][]int, o Rules) (batches [][]int) {
	var waiting []int
	for len(order) > 0 || len(waiting) > 0 {
		b := filling{lengths: lengths, keys: keys, limit: o, seen: map[int]bool{}}
		var left []int
		for i, example := range waiting {
			if b.full(example) {
				left = append(left, waiting[i:]...)
				break
			}
			left = b.take(example, left)
		}
		for len(order) > 0 && !b.full(order[0]) {
			left = b.take(order[0], left)
			order = order[1:]
		}
		for len(order) == 0 && len(left) > 0 && !b.full(left[0]) {
			b.add(left[0])
			left = left[1:]
		}
		batches, waiting = append(batches, b.examples), left
	}
	return batches
}

// filling is a batch that takes examples until it is full.
type filling struct {
	lengths  []int
	keys     [][]int
	limit    Rules
	examples []int
	tokens   int
	seen     map[int]bool // keys of examples
}

// full reports whether one more example would exceed a limit.
func (b *filling) full(example int) bool {
	over := b.limit.Tokens > 0 && b.tokens+b.lengths[example] > b.limit.Tokens
	return len(b.examples) == b.limit.Size || (over && len(b.examples) > 0)
}

// take adds an example that shares no key with the batch, or appends it to left.
func (b *filling) take(example int, left []int) []int {
	if slices.ContainsFunc(b.keys[example], func(key int) bool { return b.seen[key] }) {
		return append(left, example)
	}
	b.add(example)
	return left
}

func (b *filling) add(example int) {
	b.examples = append(b.examples, example)
	b.tokens += b.lengths[example]
	for _, key := range b.keys[example] {
		b.seen[key] = true
	}
}

// separator moves examples with a common key into different batches.
type separator struct {
	batches [][]int
	lengths []int
	keys    [][]int
	budget  int           // of tokens a batch; 0 for none
	count   []map[int]int // for each batch: the number of its examples with each key
	tokens  []int         // tokens of each batch
	begin   []int         // for each batch: the examples that the current batch need not check again
}

func newSeparator(batches [][]int, lengths []int, keys [][]int, budget int) *separator {
	s := &separator{batches: batches, lengths: lengths, keys: keys, budget: budget,
		count: make([]map[int]int, len(batches)), tokens: make([]int, len(batches)), begin: make([]int, len(batches))}
	for b, examples := range batches {
		s.count[b] = map[int]int{}
		for _, example := range examples {
			s.add(b, example, 1)
		}
	}
	return s
}

// add adds an example to the counts of batch b, or removes it when change is -1.
func (s *separator) add(b, example, change int) {
	for _, key := range s.keys[example] {
		s.count[b][key] += change
	}
	s.tokens[b] += change * s.lengths[example]
}

func (s *separator) run() {
	for b := range s.batches {
		clear(s.begin)
		for place, example := range s.batches[b] {
			if s.clashes(b, example) {
				s.moveAway(b, place)
			}
		}
	}
}

// clashes reports whether an example of batch b shares a key with another example of the batch.
func (s *separator) clashes(b, example int) bool {
	for _, key := range s.keys[example] {
		if s.count[b][key] > 1 {
			return true
		}
	}
	return false
}

// fits reports whether no example of batch b has a key of the given example.
func (s *separator) fits(b, example int) bool {
	for _, key := range s.keys[example] {
		if s.count[b][key] > 0 {
			return false
		}
	}
	return true
}

// moveAway exchanges an example for one of another batch, so that neither clashes afterwards. It tries the
// nearest batches first and, at equal distance, the one with the longer examples.
func (s *separator) moveAway(b, place int) {
	example := s.batches[b][place]
	s.add(b, example, -1)
	for distance := 1; distance < len(s.batches); distance++ {
		for _, other := range [2]int{b + distance, b - distance} {
			if other < 0 || other >= len(s.batches) || !s.fits(other, example) {
				continue
			}
			if partner, found := s.partner(b, other, example); found {
				exchanged := s.batches[other][partner]
				s.batches[b][place], s.batches[other][partner] = exchanged, example
				s.add(other, exchanged, -1)
				s.add(other, example, 1)
				s.add(b, exchanged, 1)
				return
			}
		}
	}
	s.add(b, example, 1)
}

// partner finds an example of batch other that can replace example, which batch b has already given up. Batches
// are sorted by length, so the search starts at the side nearer to b. It skips examples that are known to clash
// with b.
func (s *separator) partner(b, other, example int) (place int, found bool) {
	examples := s.batches[other]
	for try := s.begin[other]; try < min(len(examples), s.begin[other]+mostTries); try++ {
		place = try
		if other < b {
			place = len(examples) - 1 - try
		}
		candidate := examples[place]
		gain := s.lengths[example] - s.lengths[candidate]
		fits := s.fits(b, candidate)
		within := s.budget == 0 || (s.tokens[other]+gain <= s.budget && s.tokens[b]+s.lengths[candidate] <= s.budget)
		if try == s.begin[other] && (!fits || within) {
			s.begin[other]++
		}
		if fits && within {
			return place, true
		}
	}
	return 0, false
}
