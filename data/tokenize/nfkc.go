package tokenize

import (
	"cmp"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// nfkc converts text to Unicode normalisation form KC. unicode_tables.go lists the code points that it changes,
// as for bertNormalizer. Unlike package norm it leaves a sequence of more than 30 marks intact.
type nfkc struct {
	classes classTable
	pairs   map[[2]rune]rune // the composition of two code points, Hangul excluded
}

const (
	nfkcDecomposed class = 1 << iota // compatibility decomposition changes it
	nfkcReordered                    // it has a combining class
	nfkcUnstable                     // it changes by itself, or it may compose with the character before it
)

// newNFKC builds the tables on first use. Decompositions and compositions are stable under Unicode's policies, so
// package norm may provide them.
var newNFKC = sync.OnceValue(func() *nfkc {
	n := &nfkc{pairs: map[[2]rune]rune{}}
	n.classes.add(nfkcDecomposed, compatiblePoints)
	n.classes.add(nfkcReordered|nfkcUnstable, reorderedPoints)
	n.classes.add(nfkcUnstable, []span{{vowelFirst, vowelFirst + vowels - 1, 1}, {trailBefore + 1, trailBefore + trails - 1, 1}})
	for r := range each(compatiblePoints) {
		if norm.NFKC.String(string(r)) != string(r) {
			n.classes[r] |= nfkcUnstable
		}
	}
	for r := range each(decomposedPoints) {
		if isHangul(r) || norm.NFC.String(string(r)) != string(r) {
			continue
		}
		parts := []rune(norm.NFD.String(string(r)))
		second := parts[len(parts)-1]
		first, _ := utf8.DecodeRuneInString(norm.NFC.String(string(parts[:len(parts)-1])))
		n.pairs[[2]rune{first, second}] = r
		n.classes[second] |= nfkcUnstable
	}
	return n
})

// appendNormalized copies stable characters. It normalises the runs of other characters, each with the character
// before it.
func (n *nfkc) appendNormalized(dst []byte, text string) []byte {
	done, last := 0, 0 // text before done is in dst; last is the start of the character before i
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			last = i
			i++
			continue
		}
		r, width := utf8.DecodeRuneInString(text[i:])
		if n.classes[r]&nfkcUnstable == 0 {
			last = i
			i += width
			continue
		}
		dst = append(dst, text[done:last]...)
		end := i
		for end < len(text) {
			r, width := utf8.DecodeRuneInString(text[end:])
			if n.classes[r]&nfkcUnstable == 0 {
				break
			}
			end += width
		}
		dst = n.appendRun(dst, text[last:end])
		done, last, i = end, end, end
	}
	return append(dst, text[done:]...)
}

// appendRun normalises text in the standard steps: decompose, order the marks, compose.
func (n *nfkc) appendRun(dst []byte, text string) []byte {
	var stack [32]combining
	run := stack[:0]
	for _, r := range text {
		run = n.appendDecomposed(run, r)
	}
	for i := 0; i < len(run); {
		end := i + 1
		for run[i].class != 0 && end < len(run) && run[end].class != 0 {
			end++
		}
		if end-i > 1 {
			slices.SortStableFunc(run[i:end], func(a, b combining) int { return cmp.Compare(a.class, b.class) })
		}
		i = end
	}
	for _, c := range n.compose(run) {
		dst = utf8.AppendRune(dst, c.r)
	}
	return dst
}

func (n *nfkc) appendDecomposed(run []combining, r rune) []combining {
	if n.classes[r]&nfkcDecomposed == 0 {
		return append(run, combining{r, n.combiningClass(r)})
	}
	if isHangul(r) {
		index := r - hangulFirst
		run = append(run, combining{leadFirst + index/(vowels*trails), 0}, combining{vowelFirst + index/trails%vowels, 0})
		if trail := index % trails; trail > 0 {
			run = append(run, combining{trailBefore + trail, 0})
		}
		return run
	}
	var one [utf8.UTFMax]byte
	size := utf8.EncodeRune(one[:], r)
	for parts := norm.NFKD.Properties(one[:size]).Decomposition(); len(parts) > 0; {
		part, width := utf8.DecodeRune(parts)
		parts = parts[width:]
		run = append(run, combining{part, n.combiningClass(part)})
	}
	return run
}

func (n *nfkc) combiningClass(r rune) uint8 {
	if n.classes[r]&nfkcReordered == 0 {
		return 0
	}
	var one [utf8.UTFMax]byte
	return norm.NFD.Properties(one[:utf8.EncodeRune(one[:], r)]).CCC()
}

// compose composes characters, in place, with the starter before them, unless they are blocked from it (Unicode
// 15.0, D117).
func (n *nfkc) compose(run []combining) []combining {
	out, starter := run[:0], -1
	for _, c := range run {
		if starter >= 0 && (starter == len(out)-1 || out[len(out)-1].class < c.class) {
			if joined := n.pair(out[starter].r, c.r); joined != unicode.ReplacementChar {
				out[starter].r = joined
				continue
			}
		}
		if c.class == 0 {
			starter = len(out)
		}
		out = append(out, c)
	}
	return out
}

// pair returns the composition of first and second, or U+FFFD.
func (n *nfkc) pair(first, second rune) rune {
	if lead, vowel := first-leadFirst, second-vowelFirst; 0 <= lead && lead < leads && 0 <= vowel && vowel < vowels {
		return hangulFirst + (lead*vowels+vowel)*trails
	}
	if trail := second - trailBefore; isHangul(first) && (first-hangulFirst)%trails == 0 && 0 < trail && trail < trails {
		return first + trail
	}
	if joined, ok := n.pairs[[2]rune{first, second}]; ok {
		return joined
	}
	return unicode.ReplacementChar
}
