package tokenize

import (
	"cmp"
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// bertNormalizer does what Hugging Face's BertNormalizer does, in one pass: it cleans the text, puts spaces
// around Chinese characters, decomposes characters and drops accents, and lowercases. The normaliser of the
// tokenizer library keeps accents and handles zero-width characters and Hangul wrongly. unicode_tables.go lists
// the code points that each step changes, so that a new Unicode version in Go or x/text changes no id. The
// results of the changes are stable under Unicode's policies.
type bertNormalizer struct {
	cleanText, padChinese, stripAccents, lowercase bool
	classes                                        *classTable
}

// normalization is one run of the normaliser.
type normalization struct {
	*bertNormalizer
	dst []byte
	// pending holds the combining characters since the last starter, which canonical ordering sorts. Dropped
	// marks are not added here: dropping them first does not change the order of the others.
	pending []combining
	one     [utf8.UTFMax]byte
}

type combining struct {
	r     rune
	class uint8 // canonical combining class
}

// appendNormalized appends the normalised text to dst.
func (n *bertNormalizer) appendNormalized(dst []byte, text string) []byte {
	s := normalization{bertNormalizer: n, dst: dst}
	for i := 0; i < len(text); {
		if b := text[i]; b < utf8.RuneSelf && len(s.pending) == 0 {
			s.ascii(b)
			i++
			continue
		}
		r, width := utf8.DecodeRuneInString(text[i:])
		i += width
		s.clean(r)
	}
	s.flush()
	return s.dst
}

// ascii is the fast path for a byte that neither decomposes nor reorders.
func (s *normalization) ascii(b byte) {
	if s.cleanText {
		c := s.classes[b]
		if c&classRemoved != 0 {
			return
		}
		if c&classSpace != 0 {
			b = ' '
		}
	}
	if s.lowercase && 'A' <= b && b <= 'Z' {
		b += 'a' - 'A'
	}
	s.dst = append(s.dst, b)
}

// clean is the first step. The other steps follow for each code point that remains.
func (s *normalization) clean(r rune) {
	c := s.classes[r]
	if s.cleanText {
		if c&classRemoved != 0 {
			return
		}
		if c&classSpace != 0 {
			r, c = ' ', classSpace
		}
	}
	if s.padChinese && c&classPadded != 0 {
		s.decompose(' ', classSpace)
		s.decompose(r, c)
		s.decompose(' ', classSpace)
		return
	}
	s.decompose(r, c)
}

// decompose applies canonical decomposition to a code point if accents are stripped.
func (s *normalization) decompose(r rune, c class) {
	switch {
	case !s.stripAccents:
		s.lower(r, c)
	case c&classDecomposed == 0:
		s.order(r, c)
	case isHangul(r):
		s.hangul(r - hangulFirst)
	default:
		// This is the full decomposition in canonical order. AppendString would allocate on each call.
		size := utf8.EncodeRune(s.one[:], r)
		for parts := norm.NFD.Properties(s.one[:size]).Decomposition(); len(parts) > 0; {
			part, width := utf8.DecodeRune(parts)
			parts = parts[width:]
			s.order(part, s.classes[part])
		}
	}
}

// The precomposed Hangul syllables, which decompose by arithmetic (Unicode 15.0, section 3.12).
const (
	hangulFirst, hangulLast      = 0xAC00, 0xD7A3
	leadFirst, vowelFirst        = 0x1100, 0x1161
	trailBefore                  = 0x11A7 // one before the first trailing consonant: a syllable may have none
	leads, vowels, trails   rune = 19, 21, 28
)

func isHangul(r rune) bool { return hangulFirst <= r && r <= hangulLast }

// hangul decomposes the index-th syllable into a leading consonant, a vowel and an optional trailing consonant.
func (s *normalization) hangul(index rune) {
	s.order(leadFirst+index/(vowels*trails), 0)
	s.order(vowelFirst+index/trails%vowels, 0)
	if trail := index % trails; trail > 0 {
		s.order(trailBefore+trail, 0)
	}
}

// order sorts combining characters into canonical order and drops the accents.
func (s *normalization) order(r rune, c class) {
	if c&classReordered == 0 {
		s.flush()
		if c&classMark == 0 {
			s.lower(r, c)
		}
		return
	}
	if c&classMark == 0 {
		size := utf8.EncodeRune(s.one[:], r)
		s.pending = append(s.pending, combining{r, norm.NFD.Properties(s.one[:size]).CCC()})
	}
}

// flush writes the pending combining characters, sorted by class.
func (s *normalization) flush() {
	if len(s.pending) == 0 {
		return
	}
	slices.SortStableFunc(s.pending, func(a, b combining) int { return cmp.Compare(a.class, b.class) })
	for _, p := range s.pending {
		s.lower(p.r, s.classes[p.r])
	}
	s.pending = s.pending[:0]
}

// lower is the last step. It lowers each code point by itself, as Rust's char does: a final sigma becomes σ. Only
// İ becomes two code points, i and a dot above.
func (s *normalization) lower(r rune, c class) {
	if s.lowercase && c&classLowered != 0 {
		if r == 'İ' {
			s.dst = append(s.dst, "i\u0307"...)
			return
		}
		r = unicode.ToLower(r)
	}
	s.dst = utf8.AppendRune(s.dst, r)
}

// bertPreTokenizer splits text as Hugging Face's BertPreTokenizer does. It splits at white space, which it drops,
// and makes every punctuation character a word.
type bertPreTokenizer struct{ classes *classTable }

func (p bertPreTokenizer) split(_ *scratch, text []byte, word func(word []byte) bool) {
	start := 0
	for i := 0; i < len(text); {
		r, width := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, width = utf8.DecodeRune(text[i:])
		}
		if c := p.classes[r]; c&(classSpace|classPunctuation) != 0 {
			if start < i && !word(text[start:i]) {
				return
			}
			if c&classPunctuation != 0 && !word(text[i:i+width]) {
				return
			}
			start = i + width
		}
		i += width
	}
	if start < len(text) {
		word(text[start:])
	}
}
