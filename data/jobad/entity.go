package jobad

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// longestEntity bounds the bytes of an entity.
const longestEntity = 40

// entity returns the length of the entity with which a text that begins with "&" begins, and the character
// that it stands for, or "" if there is none. The semicolon may be absent if nothing else follows: "&nbsp",
// not "&notes".
func entity(text string) (length int, decoded string) {
	length = 1
	if strings.HasPrefix(text[1:], "#") {
		length = 2
	}
	for length < min(len(text), longestEntity) && (isAlphanumeric(text[length])) {
		length++
	}
	closed := length < len(text) && text[length] == ';'
	if closed {
		length++
	}
	decoded = html.UnescapeString(text[:length])
	if decoded == text[:length] || !closed && utf8.RuneCountInString(decoded) > 1 {
		return length, ""
	}
	return length, decoded
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// hasEntity reports an entity that ends in a semicolon.
func hasEntity(text string) bool {
	for {
		_, after, found := strings.Cut(text, "&")
		if !found {
			return false
		}
		if n, decoded := entity(text[len(text)-len(after)-1:]); decoded != "" && text[len(text)-len(after)-2+n] == ';' {
			return true
		}
		text = after
	}
}

// readEntities replaces entities that end in a semicolon.
func readEntities(text string) *rewriter {
	return rewriteAt(text, '&', func(rest string) (int, string, bool) {
		n, decoded := entity(rest)
		return n, decoded, decoded != "" && rest[n-1] == ';'
	})
}
