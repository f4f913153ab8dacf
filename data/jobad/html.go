package jobad

import (
	"bytes"
	"strings"

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

const (
	noGap gap = iota
	wordGap
	lineGap
	blockGap
)

// mostRestarts bounds how often broken markup is read again from its middle, so that the time stays linear.
// After that it is read as browsers read it.
const mostRestarts = 16

// htmlReader rewrites HTML to the text that it shows. Blocks become paragraphs, <br> a line break, and white
// space is one space, as in a browser. Scripts, styles and comments are left out.
type htmlReader struct {
	rewriter
	ad        string
	keepLines bool // the ad has no blocks: its line breaks divide, as in plain text
	at        int  // next byte of ad
	tokens    *html.Tokenizer
	restarts  int
	pre       int  // open <pre>
	gap       gap  // before the next text
	atTag     bool // an inline tag comes before the next text
	atBreak   bool // a <br> comes before the next text, with nothing between
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

// restart continues reading at a byte of the ad.
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

// retry continues in the middle of a token. It returns false after too many retries.
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

// rawContent prepares for what follows a start tag whose content the tokenizer does not read as HTML. Scripts
// and styles are left out. The content of the others is read as HTML, and so is everything after a tag that
// is never closed.
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
