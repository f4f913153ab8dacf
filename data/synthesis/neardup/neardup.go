// Package neardup finds texts that are nearly one that was seen before, in time that hardly grows with how many were.
package neardup

import (
	"math"
	"math/bits"
	"slices"
	"strings"
	"unicode"
)

// MinHash (Broder 1997) with locality-sensitive hashing: texts that share a band of signatures are compared in full. With these bands
// a pair of Jaccard similarity 0.8 is compared with probability 0.9998, one of 0.6 with 0.95, one of 0.3 with 0.28.
const (
	bands = 12
	rows  = 3
	gram  = 3 // letters of a sequence
)

// Index holds the texts seen. It is not safe for concurrent use.
type Index struct {
	threshold float64
	texts     []text
	bands     [bands]map[uint64][]int
}

// New makes an index for which two texts are nearly the same from a Jaccard similarity of their three-letter sequences on, in (0, 1].
func New(threshold float64) *Index {
	d := &Index{threshold: threshold}
	for i := range d.bands {
		d.bands[i] = make(map[uint64][]int)
	}
	return d
}

// Add takes up a text as Normalise leaves it, unless it is nearly one that is there: then it returns false.
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

// gramsOf numbers the letter sequences of a text, ascending and each once.
func gramsOf(text string) []uint64 {
	runes := []rune(" " + text + " ")
	list := make([]uint64, 0, len(runes))
	for i := 0; i == 0 || i+gram <= len(runes); i++ {
		h := uint64(0)
		for _, r := range runes[i:min(i+gram, len(runes))] {
			h = h<<21 | uint64(r) // a rune has 21 bits: three fill a word, no two sequences share one
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

// text is what is kept of one that was seen.
type text struct {
	grams  []uint64  // ascending
	sketch [4]uint64 // a bit for each sequence, several of which may share one
}

func newText(grams []uint64) text {
	t := text{grams: grams}
	for _, h := range grams {
		bit := mix(h) % (64 * uint64(len(t.sketch)))
		t.sketch[bit/64] |= 1 << (bit % 64)
	}
	return t
}

// like reports whether the share of the sequences of both texts that are in each of them (Jaccard) is at least threshold. Most pairs are
// far from it: it ends as soon as too many sequences are known to lack a partner, of which bits that differ are the first sign.
func (t *text) like(other *text, threshold float64) bool {
	a, b := t.grams, other.grams
	// both/(all-both) >= threshold needs that many in both; one less, as the quotient decides and rounding must not.
	least := int(threshold/(1+threshold)*float64(len(a)+len(b))) - 1
	alone := len(a) + len(b) - 2*least // sequences that may lack a partner
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

// Normalise leaves of a text its letters and digits in lower case, with one space between words: texts that differ in punctuation alone are one.
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
