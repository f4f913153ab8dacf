package jobad

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// element says what a tag does to the text around it.
type element uint8

const (
	unknownElement element = iota // not a tag of HTML: its characters are text
	inlineElement
	breakElement // <br>
	blockElement
	rawElement // a block whose content is not text to read
)

var elements = func() map[string]element {
	known := map[string]element{"br": breakElement, "script": rawElement, "style": rawElement}
	for name := range strings.FieldsSeq("address article aside blockquote body button caption center dd details dialog dir div dl dt fieldset " +
		"figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li main menu nav ol optgroup option p pre section " +
		"select summary table tbody td textarea tfoot th thead title tr ul iframe noscript noembed noframes template svg img") {
		known[name] = blockElement
	}
	for name := range strings.FieldsSeq("a abbr acronym area audio b base basefont bdi bdo big canvas cite code col colgroup data datalist del dfn " +
		"em embed font i input ins kbd label link map mark meta meter nobr object output param path picture progress q rp rt ruby s samp " +
		"slot small source span strike strong sub sup time track tt u var video wbr") {
		known[name] = inlineElement
	}
	known["img"] = inlineElement
	return known
}()

// gap is what stands between two pieces of an HTML text.
type gap uint8

const (
	noGap gap = iota
	wordGap
	lineGap
	blockGap
)

var gapTexts = [...]string{"", " ", "\n", "\n\n"}

// mostRestarts bounds how often broken markup is read again from its middle, so that the time stays linear. After that
// it is read as browsers read it.
const mostRestarts = 16

// htmlReader rewrites HTML to the text that it shows. Blocks become paragraphs, <br> a line break, and white space is
// one blank, as in a browser. Scripts, styles and comments are left out.
type htmlReader struct {
	rewriter
	ad        string
	keepLines bool // the ad has no blocks: its line breaks divide, as in plain text
	at        int  // next byte of ad
	tokens    *html.Tokenizer
	restarts  int
	pre       int  // open <pre>
	gap       gap  // before the next text
	atTag     bool // an inline tag stands before the next text
	atBreak   bool // a <br> stands before the next text, with nothing between
	skipping  bool // the next text is a script or a style
	unclosed  map[string]bool
}

// readHTML returns the text of HTML. keepLines says that it has no blocks.
func readHTML(ad string, keepLines bool) *rewriter {
	h := &htmlReader{ad: ad, keepLines: keepLines}
	h.restart(0)
	for h.token() {
	}
	return &h.rewriter
}

// restart goes on reading at a byte of the ad.
func (h *htmlReader) restart(at int) {
	h.at = at
	h.tokens = html.NewTokenizer(strings.NewReader(h.ad[at:]))
}

// token reads the next token. It returns false at the end.
func (h *htmlReader) token() bool {
	kind := h.tokens.Next()
	start := h.at
	h.at += len(h.tokens.Raw())
	raw := h.ad[start:h.at]
	skipped := h.skipping
	h.skipping = false
	switch kind {
	case html.ErrorToken:
		return h.unfinished(start)
	case html.TextToken:
		if !skipped {
			h.text(raw, start)
		}
	case html.CommentToken:
		h.comment(raw, start)
	case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
		h.tag(kind, raw, start)
	}
	return true
}

// unfinished reads what the tokenizer leaves at the end: nothing, or a tag that does not end.
func (h *htmlReader) unfinished(start int) bool {
	rest := h.ad[start:]
	if end := strings.IndexByte(rest, '>'); end >= 0 && h.retry(start+end+1) {
		h.widen(blockGap)
		return true
	}
	h.text(rest, start)
	return false
}

// comment leaves a comment out, unless it is none or swallows what follows.
func (h *htmlReader) comment(raw string, start int) {
	switch {
	case strings.HasPrefix(raw, "</"): // "</3"
		if next := strings.IndexByte(raw[1:], '<') + 1; next > 0 && h.retry(start+next) {
			raw = raw[:next]
		}
		h.text(raw, start)
	case strings.HasPrefix(raw, cdata):
		h.retry(start + len(cdata))
	case strings.HasPrefix(raw, "<!--") && !strings.HasSuffix(raw, "-->") && h.at == len(h.ad):
		h.retry(start + len("<!--"))
	}
}

// cdata begins text in XML, which ends with "]]>".
const cdata = "<![CDATA["

// retry goes on in the middle of a token. It returns false where that was done too often.
func (h *htmlReader) retry(at int) bool {
	if h.restarts == mostRestarts {
		return false
	}
	h.restarts++
	h.restart(at)
	return true
}

func (h *htmlReader) tag(kind html.TokenType, raw string, start int) {
	name, attributes := h.tokens.TagName()
	e := elementOf(string(name))
	if attributes && strings.Contains(raw[1:], "<") && h.swallows() && h.brokenTag(kind, string(name), e, raw, start) {
		return
	}
	if e == unknownElement {
		h.text(raw, start)
	} else {
		h.element(kind, string(name), e)
	}
	if kind == html.StartTagToken {
		h.rawContent(string(name))
	}
}

// elementOf looks a tag up. Tags of namespaces and custom elements, <o:p> and <my-list>, are inline.
func elementOf(name string) element {
	if e := elements[name]; e != unknownElement || !strings.ContainsAny(name, ":-") {
		return e
	}
	return inlineElement
}

// swallows reports whether the tag's attributes show that a quote or a bracket before it was not closed.
func (h *htmlReader) swallows() bool {
	for more := true; more; {
		var key []byte
		if key, _, more = h.tokens.TagAttr(); bytes.ContainsAny(key, "\"'<") {
			return true
		}
	}
	return false
}

// brokenTag reads a tag that swallows what follows only to its first ">", or as text to the next "<".
func (h *htmlReader) brokenTag(kind html.TokenType, name string, e element, raw string, start int) bool {
	end, next := strings.IndexByte(raw, '>')+1, strings.IndexByte(raw[1:], '<')+1
	if !h.retry(start + min(end, next)) {
		return false
	}
	if next < end || e == unknownElement {
		h.text(raw[:min(end, next)], start)
	} else {
		h.element(kind, name, e)
	}
	return true
}

// rawContent prepares for what follows a start tag whose content the tokenizer does not read as HTML. Scripts and styles
// are left out. The content of the others is read as HTML, and so is everything after a tag that is never closed.
func (h *htmlReader) rawContent(name string) {
	switch name {
	case "script", "style":
		if h.skipping = h.closes(name); h.skipping {
			return
		}
	case "textarea", "title":
		if h.closes(name) {
			return
		}
	case "iframe", "noembed", "noframes", "noscript", "xmp", "plaintext":
	default:
		return
	}
	h.retry(h.at)
}

// closes reports whether an end tag of that name follows.
func (h *htmlReader) closes(name string) bool {
	if h.unclosed[name] {
		return false
	}
	for rest := h.ad[h.at:]; ; {
		_, after, found := strings.Cut(rest, "</")
		if !found {
			break
		}
		if len(after) >= len(name) && strings.EqualFold(after[:len(name)], name) {
			return true
		}
		rest = after
	}
	if h.unclosed == nil {
		h.unclosed = map[string]bool{}
	}
	h.unclosed[name] = true
	return false
}

// element notes what a tag does to the text around it.
func (h *htmlReader) element(kind html.TokenType, name string, e element) {
	switch e {
	case inlineElement:
		h.atTag = true
	case breakElement:
		if h.gap = min(h.gap+1, blockGap); h.gap < lineGap {
			h.gap = lineGap
		}
		h.atBreak = true
	default:
		h.widen(blockGap)
	}
	if name == "pre" && kind != html.SelfClosingTagToken {
		if kind == html.StartTagToken {
			h.pre++
		} else {
			h.pre = max(h.pre-1, 0)
		}
	}
}

func (h *htmlReader) widen(g gap) { h.gap = max(h.gap, g) }

// text writes the characters between two tags, which stand at start.
func (h *htmlReader) text(raw string, start int) {
	lines := h.keepLines || h.pre > 0 || dividesLines(raw)
	if lines && h.atBreak {
		n := afterBreak(raw)
		raw, start = raw[n:], start+n
	}
	for raw != "" {
		n := plainRun(raw, lines)
		switch {
		case n > 0:
			h.write(raw[:n], start)
		case raw[0] == '&':
			n = h.entity(raw, start, lines)
		default:
			n = len(raw) - len(strings.TrimLeft(raw, htmlSpace))
			h.widen(wordGap)
		}
		raw, start = raw[n:], start+n
	}
}

const htmlSpace = " \t\r\n\f"

func isHTMLSpace(c byte) bool { return strings.IndexByte(htmlSpace, c) >= 0 }

// plainRun is the length of what is written as it stands: up to an entity and, unless line breaks stay, up to white space
// that is not a single blank between words.
func plainRun(raw string, lines bool) int {
	for i := range len(raw) {
		switch c := raw[i]; {
		case c == '&':
			return i
		case lines || !isHTMLSpace(c):
		case c != ' ', i == 0, i+1 == len(raw), isHTMLSpace(raw[i+1]), raw[i+1] == '&':
			return i
		}
	}
	return len(raw)
}

// afterBreak is the length of the line break that the source of a page has after a <br>.
func afterBreak(raw string) int {
	rest := strings.TrimPrefix(strings.TrimLeft(raw, " \t"), "\r")
	if trimmed, found := strings.CutPrefix(rest, "\n"); found {
		return len(raw) - len(trimmed)
	}
	return 0
}

// dividesLines reports whether the line breaks between two tags divide, although those of HTML do not: there is a list
// of lines, or a blank line between others. Many ads have tags and line breaks.
func dividesLines(raw string) bool {
	first, rest, more := strings.Cut(raw, "\n")
	written, blankLine := readable(first), false
	for more {
		var line string
		line, rest, more = strings.Cut(rest, "\n")
		line = strings.TrimFunc(line, blank)
		marker, _ := skipMarkers(line)
		if written && (marker > 0 || strings.HasPrefix(line, "&bull;") || strings.HasPrefix(line, "&middot;")) {
			return true
		}
		shown := readable(line)
		if shown && blankLine {
			return true
		}
		blankLine = written && line == ""
		written = written || shown
	}
	return false
}

// write copies text after the gap before it.
func (h *htmlReader) write(text string, start int) {
	h.open(firstRune(text), start)
	h.keep(text, start)
}

// open writes the gap before a text that begins with a character. Words that only a tag keeps apart, as a heading in bold
// and what follows it, are on two lines.
func (h *htmlReader) open(next rune, start int) {
	written := h.out.String()
	if h.atTag && h.gap == noGap && unicode.IsLower(lastRune(written)) && unicode.IsUpper(next) {
		h.gap = lineGap
	}
	if written != "" && (h.gap != lineGap || !strings.HasSuffix(strings.TrimRight(written, " \t\r"), "\n")) {
		h.put(gapTexts[h.gap], start, start)
	}
	h.gap, h.atTag, h.atBreak = noGap, false, false
}

// entity writes the character that an entity at the beginning of raw stands for, and returns the entity's length.
func (h *htmlReader) entity(raw string, start int, lines bool) int {
	n, decoded := entity(raw)
	switch {
	case decoded == "":
		h.write(raw[:n], start)
	case lines || strings.ContainsFunc(decoded, func(r rune) bool { return !unicode.IsSpace(r) }):
		h.open(firstRune(decoded), start)
		h.put(decoded, start, start+n)
	case strings.ContainsFunc(decoded, lineBreak):
		h.widen(lineGap)
	default:
		h.widen(wordGap)
	}
	return n
}

// longestEntity bounds the bytes of an entity.
const longestEntity = 40

// entity returns the length of the entity with which a text that begins with "&" begins, and the character that it
// stands for, or "" where there is none. The semicolon may lack where nothing else follows: "&nbsp", not "&notes".
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
