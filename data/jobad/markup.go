package jobad

import (
	"strings"
	"unicode"
)

// mostLevels bounds how often markup is looked for in what markup holds: escaped HTML in HTML, escaped
// entities.
const mostLevels = 3

// read returns what an ad says without its markup. An ad without markup is its own text.
func read(ad string) *reading {
	r := &reading{text: ad}
	if escapedLines(r.text) {
		r.apply(readEscapes(r.text))
	}
	for level := 0; level < mostLevels && r.unwrap(level > 0); level++ {
	}
	if hasMarkdown(r.text) {
		r.apply(readMarkdown(r.text))
	}
	return r
}

// unwrap takes one level of tags and entities away, if there is one.
func (r *reading) unwrap(inside bool) bool {
	tags := countTags(r.text)
	switch {
	case tags.isHTML(inside && !tags.first):
		r.apply(readHTML(r.text, tags.blocks == 0))
	case hasEntity(r.text):
		r.apply(readEntities(r.text))
	default:
		return false
	}
	return true
}

// tagCount counts what shows that a text is HTML.
type tagCount struct {
	pairs  int  // start tags with an end tag, and tags that need none, such as <br>
	blocks int  // those of them that are blocks
	first  bool // the text begins with a tag
}

// isHTML reports whether a text is HTML. Where strict, one tag is not enough: the text of a page may show one.
func (c tagCount) isHTML(strict bool) bool {
	if strict {
		return c.pairs > 1
	}
	return c.pairs > 0
}

// countTags looks for tags. "C++ <3", "a < b", "List<String>" and a tag that only opens count as text.
func countTags(text string) (count tagCount) {
	if !strings.Contains(text, "<") {
		return count
	}
	open := map[string]int{}
	alone := map[string]int{}
	for at := 0; ; {
		i := strings.IndexByte(text[at:], '<')
		if i < 0 {
			return count
		}
		at += i
		name, end, closing := scanTag(text[at:])
		e := elements[name]
		if e == unknownElement {
			at++
			continue
		}
		if !closing && strings.TrimFunc(text[:at], blank) == "" {
			count.first = true
		}
		found := false
		switch {
		case closing:
			if found = open[name] > 0; found {
				open[name]--
			}
		case name == "br", name == "hr", name == "p", name == "li":
			if alone[name]++; name == "p" || name == "li" {
				open[name]++
			}
			found = alone[name] > 1 || divides(text[:at], text[at+end:])
		default:
			open[name]++
		}
		if found {
			count.pairs++
			if e >= blockElement {
				count.blocks++
			}
		}
		at += end
	}
}

// longestTag bounds how far the end of a tag is looked for.
const longestTag = 4096

// scanTag reads a tag at the beginning of a text: its name in lower case and its length. The name is empty
// if there is none.
func scanTag(text string) (name string, length int, closing bool) {
	i := 1
	if closing = strings.HasPrefix(text[i:], "/"); closing {
		i++
	}
	start := i
	for i < len(text) && i-start < len("blockquote") && isAlphanumeric(text[i]) {
		i++
	}
	if i == start || i == len(text) || !isHTMLSpace(text[i]) && text[i] != '/' && text[i] != '>' {
		return "", 0, false
	}
	name = strings.ToLower(text[start:i])
	end := strings.IndexAny(text[i:min(len(text), i+longestTag)], "<>")
	if end < 0 || text[i+end] == '<' {
		return "", 0, false
	}
	return name, i + end + 1, closing
}

// divides reports whether a tag that needs no end is between two pieces of text, and is not itself part
// of a sentence ("tags such as <p> and <br>.").
func divides(before, after string) bool {
	previous, next := lastRune(strings.TrimRight(before, " \t")), firstRune(strings.TrimLeft(after, " \t"))
	return previous == 0 || next == 0 || lineBreak(previous) || lineBreak(next) || previous == '>' || next == '<' ||
		strings.ContainsRune(".!?:;。！？：；", previous) || unicode.IsUpper(next) || unicode.IsDigit(next) || isBullet(next) || cjk(next) || cjk(previous) ||
		!blank(lastRune(before)) && !blank(firstRune(after)) && unicode.IsLetter(next)
}
