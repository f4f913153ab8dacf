package tokenize

import (
	"strings"
	"unicode"
)

// normalizers are applied in order.
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

// replace replaces every occurrence of pattern with content, as Hugging Face's Replace does for a plain string.
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

// replaceSpaces replaces two or more spaces with content. XLM-R's tokenizers have Replace with this expression.
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
