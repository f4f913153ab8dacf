package tokenize

// trie finds every key that is a prefix of a text. Nodes are numbered level by level, so the children of a node are
// consecutive, in the order of their bytes. A node takes two numbers and one byte.
type trie struct {
	first []int32 // the children of node i are first[i] to first[i+1]
	label []byte  // the byte that leads to a node
	value []int32 // value of the key that ends at a node, -1 if none does
}

// noChild is the root. The root is not a child of any node.
const noChild = 0

// keyRange is the range of keys below a node. They are sorted, share their bytes up to the node's depth, and are
// longer.
type keyRange struct{ lo, hi int }

// newTrie builds the trie of keys. They must be sorted, distinct and not empty. values[i] belongs to keys[i].
func newTrie(keys []string, values []int32) *trie {
	t := &trie{label: []byte{0}, value: []int32{-1}}
	level := []keyRange{{0, len(keys)}}
	for depth := 0; len(level) > 0; depth++ {
		var below []keyRange
		for _, r := range level {
			t.first = append(t.first, int32(len(t.label)))
			for lo := r.lo; lo < r.hi; {
				hi := lo
				for hi < r.hi && keys[hi][depth] == keys[lo][depth] {
					hi++
				}
				t.label = append(t.label, keys[lo][depth])
				value, longer := int32(-1), keyRange{lo, hi}
				if len(keys[lo]) == depth+1 {
					value = values[lo]
					longer.lo++
				}
				t.value = append(t.value, value)
				below = append(below, longer)
				lo = hi
			}
		}
		level = below
	}
	t.first = append(t.first, int32(len(t.label)))
	return t
}

// child returns the node that b leads to, or noChild.
func (t *trie) child(node int32, b byte) int32 {
	lo, hi := t.first[node], t.first[node+1]
	for hi-lo > 8 {
		if mid := (lo + hi) / 2; t.label[mid] <= b {
			lo = mid
		} else {
			hi = mid
		}
	}
	for ; lo < hi; lo++ {
		if t.label[lo] == b {
			return lo
		}
	}
	return noChild
}
