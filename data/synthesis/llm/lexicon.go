package llm

import (
	"strings"
	"unicode"

	"skillspace/data/synthesis/neardup"
	"skillspace/data/taxonomy"
)

// Minimum lengths of labels that are searched for in a text. A shorter label is often the only name of a thing
// ("JavaScript").
const (
	leastWords = 2 // words separated by spaces
	leastHan   = 4 // characters of a Chinese label
)

// mostWords bounds the length of labels searched for in sentences without skills, in words. Chinese labels are
// bounded in characters.
const (
	mostWords = 6
	mostHan   = 12
)

// lexicon holds the labels of a taxonomy, normalised for comparison.
type lexicon struct {
	labels    [][]string        // by skill: preferred and alternative labels
	preferred map[string]string // original preferred labels, by normalised label
	han       bool              // some label is Chinese
}

func newLexicon(tax *taxonomy.Taxonomy) *lexicon {
	skills := tax.Skills()
	l := &lexicon{labels: make([][]string, len(skills)), preferred: make(map[string]string)}
	for i := range skills {
		for j, label := range append([]string{skills[i].PreferredLabel}, skills[i].AltLabels...) {
			key := neardup.Normalise(label)
			if !telling(key) {
				continue
			}
			l.labels[i] = append(l.labels[i], key)
			if j == 0 {
				l.preferred[key] = label
				l.han = l.han || hasHan(key)
			}
		}
	}
	return l
}

// telling reports whether a label is long enough to be searched for.
func telling(key string) bool {
	if hasHan(key) {
		return len([]rune(key)) >= leastHan
	}
	return strings.Count(key, " ")+1 >= leastWords
}

// leak returns a label of a skill that a normalised text contains, or "".
func (l *lexicon) leak(text string, skill int) string {
	padded := " " + text + " "
	for _, label := range l.labels[skill] {
		if hasHan(label) && strings.Contains(text, label) || strings.Contains(padded, " "+label+" ") {
			return label
		}
	}
	return ""
}

// names returns the preferred label of any skill that a normalised text contains, or "".
func (l *lexicon) names(text string) string {
	words := strings.Fields(text)
	for from := range words {
		for to := from + leastWords; to <= min(len(words), from+mostWords); to++ {
			if label, is := l.preferred[strings.Join(words[from:to], " ")]; is {
				return label
			}
		}
	}
	if !l.han {
		return ""
	}
	runes := []rune(text)
	for from := range runes {
		for to := from + leastHan; to <= min(len(runes), from+mostHan); to++ {
			if label, is := l.preferred[string(runes[from:to])]; is {
				return label
			}
		}
	}
	return ""
}

func hasHan(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}
