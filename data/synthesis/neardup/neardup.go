// Package neardup finds texts that nearly repeat an earlier text. Its time per text hardly grows with the number
// of texts.
package neardup

import (
	"math"
	"math/bits"
	"slices"
	"strings"
	"unicode"
)

// The search is MinHash (Broder 1997) with locality-sensitive hashing. Texts that share a band of signatures are
// compared in full. With these bands a pair of Jaccard similarity 0.8 is compared with probability 0.9998, one of
// 0.6 with 0.95, one of 0.3 with 0.28.
const (
	bands = 12
	rows  = 3
	gram  = 3 // letters of a sequence
)

// Index holds the texts added. It is not safe for concurrent use.
type Index struct {
	threshold float64
	texts     []text
	bands     [bands]map[uint64][]int
}

// New makes an index. threshold, in (0, 1], is the Jaccard similarity of three-letter sequences from which two
// texts count as nearly the same.
func New(threshold float64) *Index {
	d := &Index{threshold: threshold}
	for i := range d.bands {
		d.bands[i] = make(map[uint64][]int)
	}
	return d
}

// Add adds a text that Normalise returned. It returns false, without adding it, if the text is nearly the same as
// an earlier one.
func (d *Index) Add(normalised string) bool {
	own := newText(gramsOf(normalised))
	keys := signature(own.grams)
	seen := make(map[int]bool)
	for i, key := range keys {
		for _, other := range d.bands[i][key] {
			if !seen[other] && own.like(&d.texts[other], d.threshold) {
				return false
			}
			seen[other] = true
		}
	}
	for i, key := range keys {
		d.bands[i][key] = append(d.bands[i][key], len(d.texts))
	}
	d.texts = append(d.texts, own)
	return true
}

// gramsOf returns the distinct letter sequences of a text as ascending numbers.
func gramsOf(text string) []uint64 {
	runes := []rune(" " + text + " ")
	list := make([]uint64, 0, len(runes))
	for i := 0; i == 0 || i+gram <= len(runes); i++ {
		h := uint64(0)
		for _, r := range runes[i:min(i+gram, len(runes))] {
			h = h<<21 | uint64(r) // a rune has 21 bits, so three fit one word and different sequences have different numbers
		}
		list = append(list, h)
	}
	slices.Sort(list)
	return slices.Clip(slices.Compact(list))
}

func signature(set []uint64) [bands]uint64 {
	var least [bands * rows]uint64
	for i := range least {
		least[i] = math.MaxUint64
	}
	for _, h := range set {
		for i := range least {
			least[i] = min(least[i], mix(h+uint64(i)*0x9e3779b97f4a7c15))
		}
	}
	var keys [bands]uint64
	for band := range keys {
		for row := range rows {
			keys[band] = mix(keys[band] ^ least[band*rows+row])
		}
	}
	return keys
}

// mix is the finaliser of SplitMix64: every bit of the input moves every bit of the output.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// text is the stored form of a text.
type text struct {
	grams  []uint64  // ascending
	sketch [4]uint64 // a bit for each sequence; several sequences may share a bit
}

func newText(grams []uint64) text {
	t := text{grams: grams}
	for _, h := range grams {
		bit := mix(h) % (64 * uint64(len(t.sketch)))
		t.sketch[bit/64] |= 1 << (bit % 64)
	}
	return t
}

// like reports whether the Jaccard similarity of the two texts' sequences is at least threshold. Most pairs are
// far from it. The comparison ends as soon as too many sequences have no counterpart. Bits that differ are a
// first, cheap test.
func (t *text) like(other *text, threshold float64) bool {
	a, b := t.grams, other.grams
	// both/(all-both) >= threshold requires at least this many in both. Subtracting one keeps rounding from
	// deciding; the quotient does.
	least := int(threshold/(1+threshold)*float64(len(a)+len(b))) - 1
	alone := len(a) + len(b) - 2*least // sequences that may have no counterpart
	differ := 0
	for i, word := range t.sketch {
		differ += bits.OnesCount64(word ^ other.sketch[i])
	}
	if differ > alone {
		return false
	}
	both := 0
	for i, j := 0, 0; i < len(a) && j < len(b) && alone >= 0; {
		switch {
		case a[i] < b[j]:
			i++
			alone--
		case a[i] > b[j]:
			j++
			alone--
		default:
			both, i, j = both+1, i+1, j+1
		}
	}
	return alone >= 0 && float64(both)/float64(len(a)+len(b)-both) >= threshold
}

// Normalise keeps the letters and digits of a text in lower case, with one space between words. Texts that differ
// in punctuation alone become equal.
func Normalise(text string) string {
	var b strings.Builder
	gap := false
	for _, r := range text {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
