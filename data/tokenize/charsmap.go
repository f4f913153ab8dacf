package tokenize

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// charsMap is the normaliser that SentencePiece compiles into a model. It is a double-array trie (the format of
// darts-clone) from pieces of text to replacements. It is applied exactly as Hugging Face's Precompiled applies
// it, including its oddities.
type charsMap struct {
	units        []uint32
	replacements string      // each ends with a NUL; the trie's values are offsets into it
	ascii        [128]string // the replacement of each ASCII character by itself
	most         float64     // the largest ratio of a replacement's bytes to its key's bytes
}

// maxGrapheme is the size in bytes from which a grapheme cluster is only looked up character by character. Longer
// keys are never looked up as a whole.
const maxGrapheme = 6

// parseCharsMap reads the base64 text of tokenizer.json: the trie's size in bytes, the trie, the replacements.
func parseCharsMap(text string) (*charsMap, error) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	if len(raw) < 4 {
		return nil, fmt.Errorf("%d bytes hold no trie", len(raw))
	}
	size, raw := uint64(binary.LittleEndian.Uint32(raw)), raw[4:]
	if size == 0 || size%4 != 0 || size > uint64(len(raw)) {
		return nil, fmt.Errorf("the trie has %d bytes, want a multiple of 4 within the %d there are", size, len(raw))
	}
	m := &charsMap{units: make([]uint32, size/4), replacements: string(raw[size:])}
	for i := range m.units {
		m.units[i] = binary.LittleEndian.Uint32(raw[4*i:])
	}
	if !utf8.ValidString(m.replacements) {
		return nil, fmt.Errorf("the replacements are not UTF-8")
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	for b := range m.ascii {
		m.ascii[b] = string(m.appendPart(nil, string(rune(b))))
	}
	return m, nil
}

// A unit of the trie holds a label, a flag for a value at its children's base, and the distance to that base.

func unitLabel(unit uint32) uint32 { return unit & (1<<31 | 0xFF) }

func unitHasValue(unit uint32) bool { return unit>>8&1 == 1 }

func unitOffset(unit uint32) uint32 { return unit >> 10 << (unit & (1 << 9) >> 6) }

func unitValue(unit uint32) uint32 { return unit & (1<<31 - 1) }

// check follows every path that a look-up can take, so that look-ups need no checks. It checks that the bases and
// their blocks of 256 children lie inside the trie, and that each value is the start of a character inside the
// replacements.
func (m *charsMap) check() error {
	bases := map[uint32]bool{unitOffset(m.units[0]): true}
	for depth := 0; depth < maxGrapheme && len(bases) > 0; depth++ {
		below := map[uint32]bool{}
		for base := range bases {
			if int(base|0xFF) >= len(m.units) {
				return fmt.Errorf("the trie of %d units refers to unit %d", len(m.units), base|0xFF)
			}
			for label := uint32(1); label < 256; label++ {
				place := base ^ label
				unit := m.units[place]
				if unitLabel(unit) != label {
					continue
				}
				child := place ^ unitOffset(unit)
				if int(child) >= len(m.units) {
					return fmt.Errorf("the trie of %d units refers to unit %d", len(m.units), child)
				}
				if unitHasValue(unit) {
					value := int(unitValue(m.units[child]))
					if value > len(m.replacements) || value < len(m.replacements) && !utf8.RuneStart(m.replacements[value]) {
						return fmt.Errorf("the trie refers to byte %d of the %d of the replacements", value, len(m.replacements))
					}
					length := m.replacementLength(value)
					if length > maxReplacement {
						return fmt.Errorf("the replacement at byte %d has more than %d bytes", value, maxReplacement)
					}
					m.most = max(m.most, float64(length)/float64(depth+1))
				}
				below[child] = true
			}
		}
		bases = below
	}
	return nil
}

// maxReplacement bounds the bytes of a replacement. The longest one of NFKC has 33.
const maxReplacement = 1024

// replacementLength returns the number of bytes of the replacement at an offset, or more than maxReplacement.
func (m *charsMap) replacementLength(place int) int {
	rest := m.replacements[place:]
	if end := strings.IndexByte(rest[:min(len(rest), maxReplacement+1)], 0); end >= 0 {
		return end
	}
	return len(rest)
}

// lookUp returns the replacement of the shortest key that text begins with. Taking the shortest key, even if a
// longer one matches, is one of the oddities.
func (m *charsMap) lookUp(text string) (replacement string, ok bool) {
	base := unitOffset(m.units[0])
	for i := range len(text) {
		label := uint32(text[i])
		place := base ^ label
		unit := m.units[place]
		if label == 0 || unitLabel(unit) != label {
			return "", false
		}
		base = place ^ unitOffset(unit)
		if unitHasValue(unit) {
			replacement, _, _ = strings.Cut(m.replacements[unitValue(m.units[base]):], "\x00")
			return replacement, true
		}
	}
	return "", false
}

// appendNormalized replaces grapheme clusters. If a cluster is long or has no replacement, it replaces the
// cluster's characters.
func (m *charsMap) appendNormalized(dst []byte, text string) []byte {
	for len(text) > 0 {
		if b := text[0]; b < utf8.RuneSelf && b != '\r' && (len(text) == 1 || text[1] < utf8.RuneSelf) {
			dst = append(dst, m.ascii[b]...) // a cluster by itself, since nothing extends it
			text = text[1:]
			continue
		}
		width := ideograph(text)
		if width == 0 || ideograph(text[width:]) == 0 {
			cluster, _, _, _ := uniseg.FirstGraphemeClusterInString(text, -1)
			width = len(cluster)
		}
		dst = m.appendCluster(dst, text[:width])
		text = text[width:]
	}
	return dst
}

// ideograph returns the width of the Chinese character at the start of text, or 0. A grapheme cluster always ends
// between two of them. Checking for them is faster than the general search for a cluster's end.
func ideograph(text string) int {
	if r, width := utf8.DecodeRuneInString(text); 0x4E00 <= r && r <= 0x9FFF {
		return width
	}
	return 0
}

func (m *charsMap) appendCluster(dst []byte, cluster string) []byte {
	if len(cluster) < maxGrapheme {
		if replacement, ok := m.lookUp(cluster); ok {
			return append(dst, replacement...)
		}
	}
	for len(cluster) > 0 {
		_, width := utf8.DecodeRuneInString(cluster)
		dst = m.appendPart(dst, cluster[:width])
		cluster = cluster[width:]
	}
	return dst
}

// appendPart appends a character or its replacement.
func (m *charsMap) appendPart(dst []byte, character string) []byte {
	if replacement, ok := m.lookUp(character); ok {
		return append(dst, replacement...)
	}
	return append(dst, character...)
}
