package english

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// UpperFirst returns the text with its first letter in upper case.
func UpperFirst(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	if size == 0 || unicode.IsUpper(r) {
		return text
	}
	return string(unicode.ToUpper(r)) + text[size:]
}

// LowerFirst returns the text with its first letter in lower case. It leaves an acronym or a word with inner
// capitals ("SQL", "JavaScript"), which is spelled this way everywhere.
func LowerFirst(text string) string {
	word, _, _ := strings.Cut(text, " ")
	r, size := utf8.DecodeRuneInString(word)
	if size == 0 || !unicode.IsUpper(r) || word[size:] != strings.ToLower(word[size:]) {
		return text
	}
	return string(unicode.ToLower(r)) + text[size:]
}

// Article returns "a" or "an" to suit the following words.
func Article(next string) string {
	word, _, _ := strings.Cut(strings.TrimLeft(next, "\"'(*"), " ")
	if word == "" {
		return "a"
	}
	lower := strings.ToLower(word)
	for _, prefix := range []string{"hour", "honest", "honour", "heir", "mba", "mri", "msc", "nlp", "xml", "x-ray", "sql", "html", "hr", "f1", "lms", "8", "11", "18"} {
		if strings.HasPrefix(lower, prefix) && (len(prefix) > 2 || lower == prefix || prefix == "8") {
			return "an"
		}
	}
	for _, prefix := range []string{"uni", "use", "usu", "uti", "eu", "one", "once", "ubi", "u.", "uk", "us-"} {
		if strings.HasPrefix(lower, prefix) && !strings.HasPrefix(lower, "unin") && !strings.HasPrefix(lower, "unim") {
			return "a"
		}
	}
	if isVowel(lower[0]) {
		return "an"
	}
	return "a"
}
