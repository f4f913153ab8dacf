package jobad

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Window is a part of a text that is too long for a model.
type Window struct {
	Text string // what the model reads: the clause and a few words before it
	Cut  bool   // the window does not end where a clause ends: there was no better place to cut
}

// Windows cuts a text that does not fit a model into overlapping windows that do, at clauses. Every word of
// the text is in a window. A text that fits is one window.
func Windows(text string, fits func(text string) bool) []Window {
	if fits(text) {
		return []Window{{Text: text}}
	}
	var windows []Window
	for _, c := range cutClauses(text, fits) {
		windows = append(windows, Window{Text: clean(text[c.read:c.end]), Cut: c.cut})
	}
	return windows
}

// SplitToFit splits an ad as [Split] does, and segments whose Clean does not fit a model into their clauses,
// each a segment of its own.
func SplitToFit(ad string, fits func(text string) bool) []Segment {
	r := read(ad)
	var segments []Segment
	for _, s := range splitText(r.text) {
		if whole := r.segment(ad, s); fits(whole.Clean) {
			segments = append(segments, whole)
			continue
		}
		segments = append(segments, r.clauses(ad, s, fits)...)
	}
	return segments
}

// clauses returns the clauses of a span of the text.
func (r *reading) clauses(ad string, s span, fits func(text string) bool) []Segment {
	var segments []Segment
	text := r.text[s.start:s.end]
	for _, c := range cutClauses(text, fits) {
		start, end := trim(text, c.start, c.end)
		if !readable(text[start:end]) {
			continue
		}
		segment := r.segment(ad, span{s.start + start, s.start + end})
		segment.Window, segment.Part, segment.Cut = clean(trimmed(text[c.read:end])), len(segments)+1, c.cut
		segments = append(segments, segment)
	}
	return segments
}

// clause is a part of a text.
type clause struct {
	span
	read int  // where its window begins
	cut  bool // it ends inside of another
}

// The lengths of clauses and of what their windows repeat, as [weight] counts them. The first is that of a
// short sentence: a model finds the skills of one more surely than those of a window as long as it can read.
const (
	clauseWeight  = 80
	overlapWeight = 24
	leastWeight   = 1 // of a clause that is halved until it fits
)

// weight is the length of a character in a clause, compared with one of Latin script.
func weight(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case cjkText(r):
		return 4
	}
	return 2
}

// The borders at which a text is cut, the better ones last.
const (
	insideWord = iota
	betweenWords
	beforeConjunction // "and", "or"
	betweenPhrases    // at commas, dashes and brackets
	betweenClauses    // at semicolons, colons and ends of sentences, before "who"
)

// cutClauses cuts a text into clauses whose windows fit.
func cutClauses(text string, fits func(text string) bool) []clause {
	var clauses []clause
	for start := 0; start < len(text); {
		c := nextClause(text, start, clauseWeight)
		for wanted := clauseWeight / 2; !fits(clean(trimmed(text[c.read:c.end]))); wanted /= 2 {
			if wanted < leastWeight {
				c.cut = true // the model reads less than a word
				break
			}
			c = nextClause(text, start, wanted)
		}
		clauses = append(clauses, c)
		start = c.end
	}
	return clauses
}

// nextClause returns the clause that begins at start. It ends at the best border within the wanted weight,
// and at the last one of these; a border that is no more than a conjunction or a space counts in the last two
// thirds.
func nextClause(text string, start, wanted int) clause {
	c := clause{span: span{start, len(text)}, read: overlap(text, start, wanted/2)}
	best, total, inside := insideWord, 0, 0
	before := rune(0)
	for i, r := range text[start:] {
		total += weight(r)
		if i > 0 && (total <= wanted || inside == 0) {
			inside = start + i
		}
		if i > 0 && (total > wanted+wanted/4 && best > insideWord || total > 2*wanted) {
			if best == insideWord {
				c.end = inside
			}
			c.cut = best <= betweenWords
			return c
		}
		if total > wanted/8 && (total <= wanted || best == insideWord) {
			level := border(text, start+i, before, r)
			if level > insideWord && level >= best && (level >= betweenPhrases || total > wanted/3) {
				best, c.end = level, start+i
			}
		}
		before = r
	}
	if best < betweenClauses {
		c.end = len(text) // what is left is short
	}
	return c
}

// border judges the border between two characters, the second of which is at at.
func border(text string, at int, before, after rune) int {
	switch {
	case strings.ContainsRune("；：。！？;…|", before) && !blank(after) && !unicode.IsDigit(after):
		return betweenClauses
	case strings.ContainsRune("，、", before), before == ',' && unicode.IsLetter(after):
		return betweenPhrases
	case cjk(before) && cjk(after):
		if strings.ContainsRune("和与及或并以", after) {
			return beforeConjunction
		}
		return betweenWords
	case !blank(before) || blank(after):
		return insideWord
	}
	rest := text[at:min(len(text), at+maxWord)]
	word := strings.ToLower(wordAfter(rest))
	if conjunctions[word] { // "and who"
		if next := strings.ToLower(wordAfter(strings.TrimLeftFunc(rest[len(word):], blank))); clauseStarters[next] {
			return betweenClauses
		}
	}
	if clauseStarters[word] && conjunctions[strings.ToLower(wordBefore(text[:at], len(strings.TrimRightFunc(text[:at], blank))))] {
		return betweenWords
	}
	switch last := lastRune(strings.TrimRightFunc(text[:at], blank)); {
	case strings.ContainsRune(";:.!?…|•", last), isBullet(after), clauseStarters[word]:
		return betweenClauses
	case strings.ContainsRune(",)–—", last), strings.ContainsRune("(–—-", after), phraseStarters[word]:
		return betweenPhrases
	case conjunctions[word]:
		return beforeConjunction
	}
	return betweenWords
}

// clauseStarters begin a clause that says more of the text before it.
var clauseStarters = setOf("who whose which where while because wobei welche welcher welches dont qui lequel donde quien mientras dove mentre waarbij")

var phraseStarters = setOf("including such inklusive einschließlich notamment incluyendo inclusi")

var conjunctions = setOf("and or but und oder sowie aber et ou mais y o e u pero ed ma en of maar")

// overlap returns where the window of the clause at start begins: some words before it, fewer where a phrase
// ends.
func overlap(text string, start, wanted int) int {
	if start == 0 {
		return 0
	}
	wanted = min(wanted, overlapWeight)
	if border(text, start, lastRune(text[:start]), firstRune(text[start:])) >= betweenPhrases {
		wanted /= 2
	}
	at := start
	for at > 0 {
		r, n := utf8.DecodeLastRuneInString(text[:at])
		if wanted -= weight(r); wanted < 0 {
			break
		}
		at -= n
	}
	for i, r := range text[at:start] {
		before := lastRune(text[:at+i])
		if at+i == 0 || blank(before) && !blank(r) || cjk(r) {
			return at + i
		}
	}
	return at
}
