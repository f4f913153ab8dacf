package llm

import (
	"strings"
	"unicode"

	"skillspace/data/synthesis/neardup"
)

// counts are the units of writing in a text.
type counts struct {
	han, latin, other int // letters
	words             int // Latin words and numbers
}

func count(text string) counts {
	var c counts
	inWord := false
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Han, r):
			c.han++
			inWord = false
			continue
		case unicode.Is(unicode.Latin, r):
			c.latin++
		case unicode.IsLetter(r):
			c.other++
		case !unicode.IsDigit(r) && !(inWord && (r == '\'' || r == '’' || r == '-' || r == '+' || r == '#' || r == '.')):
			inWord = false
			continue
		}
		if !inWord {
			c.words++
		}
		inWord = true
	}
	return c
}

// length is the length of a text in the unit of a language's bounds. The unit is an English word, or a Chinese
// character with foreign words as one each.
func (c counts) length(language string) int {
	if language == "zh" {
		return c.han + c.words
	}
	return c.words
}

// Minimum shares for a text to count as written in a language.
const (
	latinShare = 0.9 // of the letters
	hanShare   = 0.3 // of the characters and words; ads list products under English names
)

// is reports whether a text is written in the language.
func (c counts) is(language, text string) bool {
	if language == "zh" {
		return c.han >= 2 && float64(c.han) >= hanShare*float64(c.han+c.words) && c.other == 0
	}
	return c.latin >= 2 && float64(c.latin) >= latinShare*float64(c.latin+c.han+c.other) && !foreign(text)
}

// Function words that distinguish English from other languages in Latin script.
var (
	englishWords = wordSet("the and of to in with for a an or you we our is are on at your as be will by from this that have who")
	foreignWords = wordSet("und der für mit oder eine einen auf von wir sie ist les des pour avec une dans vous nous est et le la " +
		"para los las una con del por y el de een het voor van og och för di il che um")
)

func wordSet(words string) map[string]bool {
	set := make(map[string]bool)
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}

// foreign reports whether a text has at least two function words of other languages, and more of them than of
// English.
func foreign(text string) bool {
	english, others := 0, 0
	for w := range strings.FieldsSeq(neardup.Normalise(text)) {
		switch {
		case englishWords[w]:
			english++
		case foreignWords[w]:
			others++
		}
	}
	return others >= 2 && others > english
}
