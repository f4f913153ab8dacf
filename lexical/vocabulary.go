package lexical

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kljensen/snowball/english"
)

// word is a word of a label or a text.
type word struct {
	stem string
	caps string // a text's word in capitals, if a label distinguishes it from the lower-case word; else empty
	han  bool   // a character that is a word of its own
}

// spellings returns the stems that a text's word can stand for.
func (w word) spellings() []string {
	if w.caps == "" {
		return []string{w.stem}
	}
	return []string{w.stem, w.caps}
}

// longestCapitals is the largest number of letters of a capitalised label that is only found in capitals: "IT"
// is not the word "it".
const longestCapitals = 2

func isCapitals(text string) bool {
	return utf8.RuneCountInString(text) <= longestCapitals && strings.IndexFunc(text, func(r rune) bool { return !unicode.IsUpper(r) }) < 0
}

// prefixRunes is the length of the word beginnings that are compared.
const prefixRunes = 5

func prefix(stem string) string {
	n := 0
	for at := range stem {
		if n == prefixRunes {
			return stem[:at]
		}
		n++
	}
	return stem
}

// termKind is the part of a word that a term stands for.
type termKind uint8

const (
	wordTerm   termKind = iota // a stem, or two characters that follow one another
	prefixTerm                 // the beginning of a stem, or one character
	termKinds
)

// vocabulary numbers the terms of labels.
type vocabulary struct {
	stems map[string]string // word in lower case -> stem, of the labels' words
	ids   [termKinds]map[string]int32
	kind  []termKind // of each term
}

func newVocabulary() vocabulary {
	v := vocabulary{stems: map[string]string{}}
	for k := range v.ids {
		v.ids[k] = map[string]int32{}
	}
	return v
}

func (v *vocabulary) count() int { return len(v.kind) }

// initials matches two letters that an ampersand joins, with or without spaces.
var initials = regexp.MustCompile(`(^|[^\pL\pN\pM_])(\pL) ?& ?(\pL)($|[^\pL\pN\pM_+#])`)

// joinInitials replaces the ampersand of "R&D" and "R & D" by an underscore, which belongs to a word: "R&D" names
// neither the skill "R" nor the skill "D".
func joinInitials(text string) string {
	if !strings.Contains(text, "&") {
		return text
	}
	return initials.ReplaceAllString(text, "${1}${2}_${3}${4}")
}

// labelWords splits a label. A short word in capitals keeps them.
func (v *vocabulary) labelWords(text string) []word {
	raw := split(joinInitials(normalise(text)))
	words := make([]word, len(raw))
	for i, r := range raw {
		lower := strings.ToLower(r)
		stem, known := v.stems[lower]
		if !known {
			lower = strings.Clone(lower)
			stem = english.Stem(lower, false)
			v.stems[lower] = stem
		}
		if words[i] = newWord(r, stem); words[i].caps != "" {
			words[i].stem, words[i].caps = strings.Clone(r), ""
		}
	}
	return words
}

// textWords splits a text.
func (v *vocabulary) textWords(text string) []word {
	raw := split(joinInitials(normalise(text)))
	words := make([]word, len(raw))
	for i, r := range raw {
		lower := strings.ToLower(r)
		stem, known := v.stems[lower]
		if !known {
			stem = english.Stem(lower, false)
		}
		words[i] = newWord(r, stem)
	}
	return words
}

func newWord(raw, stem string) word {
	w := word{stem: stem}
	r, size := utf8.DecodeRuneInString(raw)
	w.han = size == len(raw) && IsCharacterWord(r)
	if isCapitals(raw) {
		w.caps = raw
	}
	return w
}

// terms lists the terms of words, with repetitions. Unknown terms are learnt with teach and left out without it.
func (v *vocabulary) terms(words []word, teach bool) []int32 {
	list := make([]int32, 0, 2*len(words))
	add := func(kind termKind, text string) {
		id, known := v.ids[kind][text]
		if !known {
			if !teach {
				return
			}
			id = int32(len(v.kind))
			v.ids[kind][strings.Clone(text)] = id
			v.kind = append(v.kind, kind)
		}
		list = append(list, id)
	}
	for i, w := range words {
		for _, stem := range w.spellings() {
			add(prefixTerm, prefix(stem))
			if !w.han {
				add(wordTerm, stem)
			}
		}
		switch {
		case !w.han:
		case i > 0 && words[i-1].han:
			add(wordTerm, words[i-1].stem+w.stem)
		case i == len(words)-1 || !words[i+1].han:
			add(wordTerm, w.stem) // a character on its own
		}
	}
	return list
}
