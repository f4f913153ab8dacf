package jobad

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// point judges one full stop.
func (s *splitter) point(i int) int {
	quoted := s.quote
	end := s.closers(i+1, "")
	if !s.pointEnds(i, end) {
		s.quote = quoted
		return 0
	}
	return end
}

func (s *splitter) pointEnds(i, end int) bool {
	word := wordBefore(s.text, i)
	rest := s.text[end:]
	if !atGap(rest) {
		return s.gluedPoint(i, word, rest)
	}
	rest = strings.TrimLeftFunc(rest, blank)
	next := firstRune(rest)
	switch {
	case next == 0:
		return true
	case word == "":
		return i > s.start && !unicode.IsLetter(next) // " .NET" begins a word; a point after a bracket ends a sentence
	}
	if s.ordinal(word, i, rest) {
		return false
	}
	switch s.abbreviation(word, i) {
	case endsNever:
		return false
	case endsBeforeNone:
		if unicode.IsDigit(next) {
			return false
		}
	case endsSometimes:
		if strings.EqualFold(word, "etc") && unicode.IsUpper(next) || cjk(next) {
			return true
		}
		return unicode.IsUpper(next) && starters[strings.ToLower(wordAfter(rest))]
	}
	if unicode.IsLower(next) {
		// Ads are careless about capitals; words that are short or have no vowel are more often abbreviations
		// that the lists lack.
		return end == i+1 && len(word) >= 4 && strings.ContainsAny(word, "aeiouyAEIOUY") && !strings.ContainsAny(word, ".0123456789")
	}
	return true
}

// abbreviation classifies the word before the point at i, with the word before it: "z. B." never ends a
// sentence, and the letter of "permis C." is no abbreviation.
func (s *splitter) abbreviation(word string, i int) abbreviation {
	kind := classify(word)
	if _, after, elided := strings.Cut(word, "'"); elided && kind == notAbbreviated { // "l'Ing. Rossi"
		kind = classify(after)
	}
	if utf8.RuneCountInString(word) <= 2 {
		before := strings.ToLower(s.lastWord(i - len(word)))
		switch {
		case neverLastPairs[before+" "+strings.ToLower(word)]:
			return endsNever
		case kind != endsSometimes:
		case letterLabels[strings.TrimSuffix(before, ".")] && unicode.IsUpper(firstRune(word)):
			return notAbbreviated
		}
	}
	return kind
}

// lastWord is the last word before at, its point included.
func (s *splitter) lastWord(at int) string {
	text := strings.TrimRightFunc(s.text[:at], blank)
	return wordBefore(text, len(text))
}

// ordinal reports a German ordinal, "am 1. Januar": a small number before a month, or after a word that is
// followed by one.
func (s *splitter) ordinal(word string, i int, rest string) bool {
	if len(word) > 2 || strings.Trim(word, "0123456789") != "" {
		return false
	}
	before := strings.ToLower(s.lastWord(i - len(word)))
	if conjunctions[before] { // "der 1. und 2. Stock"
		start := len(strings.TrimRightFunc(s.text[:i-len(word)], blank)) - len(before)
		number, found := strings.CutSuffix(s.lastWord(max(start, 0)), ".")
		return found && number != "" && strings.Trim(number, "0123456789") == ""
	}
	return months[strings.ToLower(wordAfter(rest))] || beforeOrdinal[before]
}

// wordBefore is the word that ends at i: the text there without white space, Chinese, brackets or quotes,
// points inside included.
func wordBefore(text string, i int) string {
	start := i
	for start > 0 && i-start < maxWord {
		r, n := utf8.DecodeLastRuneInString(text[:start])
		if blank(r) || cjkText(r) || strings.ContainsRune("([{\"“”‘,;:—–", r) {
			break
		}
		start -= n
	}
	return text[start:i]
}

// wordAfter is the word with which a text begins.
func wordAfter(text string) string {
	end := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
	if end < 0 {
		end = len(text)
	}
	return text[:end]
}
