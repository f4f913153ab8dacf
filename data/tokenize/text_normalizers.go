package tokenize

import (
	"strings"
	"unicode"
)

// normalizers apply one after another.
type normalizers []normalizer

func (n normalizers) appendNormalized(dst []byte, text string) []byte {
	from := len(dst)
	for i, step := range n {
		if i > 0 {
			text, dst = string(dst[from:]), dst[:from]
		}
		dst = step.appendNormalized(dst, text)
	}
	return dst
}

// replace puts content in the place of every pattern, as Hugging Face's Replace does with a plain string.
type replace struct{ pattern, content string }

func (n replace) appendNormalized(dst []byte, text string) []byte {
	for {
		before, after, found := strings.Cut(text, n.pattern)
		dst = append(dst, before...)
		if !found {
			return dst
		}
		dst = append(dst, n.content...)
		text = after
	}
}

// replaceSpaces puts content in the place of two or more spaces: Replace with the expression that XLM-R's tokenizers have.
type replaceSpaces struct{ content string }

const twoOrMoreSpaces = " {2,}"

func (n replaceSpaces) appendNormalized(dst []byte, text string) []byte {
	for {
		before, after, found := strings.Cut(text, "  ")
		dst = append(dst, before...)
		if !found {
			return dst
		}
		dst = append(dst, n.content...)
		text = strings.TrimLeft(after, " ")
	}
}

// strip removes white space at the ends.
type strip struct{ left, right bool }

func (n strip) appendNormalized(dst []byte, text string) []byte {
	space := func(r rune) bool { return unicode.Is(unicode.White_Space, r) }
	if n.left {
		text = strings.TrimLeftFunc(text, space)
	}
	if n.right {
		text = strings.TrimRightFunc(text, space)
	}
	return append(dst, text...)
}
