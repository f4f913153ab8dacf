package tokenize

// mergeQueue is a binary heap of merges. The lowest rank comes first, then the leftmost place. Both fit one
// number, which package container/heap would box.
type mergeQueue []uint64

func (q *mergeQueue) push(rank, place int32) {
	heap := append(*q, uint64(rank)<<32|uint64(place))
	for i := len(heap) - 1; i > 0; {
		parent := (i - 1) / 2
		if heap[parent] <= heap[i] {
			break
		}
		heap[parent], heap[i] = heap[i], heap[parent]
		i = parent
	}
	*q = heap
}

// pop removes and returns the first merge of a queue that is not empty.
func (q *mergeQueue) pop() (rank, place int32) {
	heap := *q
	top := heap[0]
	last := len(heap) - 1
	heap[0] = heap[last]
	heap = heap[:last]
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < last; child++ {
			if heap[child] < heap[least] {
				least = child
			}
		}
		if least == i {
			break
		}
		heap[least], heap[i] = heap[i], heap[least]
		i = least
	}
	*q = heap
	return int32(top >> 32), int32(top)
}
