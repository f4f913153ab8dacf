package synthesis

import (
	"strings"

	"skillspace/data/synthesis/english"
)

// label adds a label of the skill as a verb phrase or a noun phrase.
func (n *namer) label(label string, knowledge bool, from source) {
	text := plainText(withoutBrackets(label))
	if text == "" {
		return
	}
	text = english.LowerFirst(text)
	if n.kind != plain {
		text = plainText(withoutBrackets(label)) // names keep their capitals
	}
	verb := false
	if base, ok := asVerbPhrase(text, knowledge); ok {
		text, verb = base, true
	}
	n.add(text, verb, from)
}

// asVerbPhrase reads a label as a verb phrase in the base form, if it is one.
func asVerbPhrase(text string, knowledge bool) (string, bool) {
	first, rest, more := strings.Cut(text, " ")
	if !more {
		return "", false
	}
	if knowledge {
		// A knowledge label is a noun phrase even where its first word could be a verb ("design drawings").
		return text, english.IsOnlyVerb(first)
	}
	if base, ok := english.BaseOf(text); ok && !strings.HasPrefix(rest, "of ") {
		return base, true
	}
	if !english.IsVerbPhrase(text) {
		return thirdToBase(first, rest)
	}
	second, _, _ := strings.Cut(rest, " ")
	if !english.IsOnlyVerb(first) && (second == "of" || second == "for" && first != "care" || actionNoun(lastWord(rest))) {
		return "", false // "purchase of goods", "market research"
	}
	return text, true
}

// thirdToBase reads "assists in planning" as "assist in planning".
func thirdToBase(first, rest string) (string, bool) {
	for _, cut := range []string{"s", "es"} {
		base, ok := strings.CutSuffix(first, cut)
		if ok && english.IsOnlyVerb(base) && english.ThirdPerson(base) == first {
			return base + " " + rest, true
		}
	}
	return "", false
}

func lastWord(text string) string { return text[strings.LastIndexByte(text, ' ')+1:] }

// actionNoun reports whether a word names an action, so that a phrase ending in it is likely a noun phrase.
func actionNoun(word string) bool {
	for _, ending := range []string{"ing", "tion", "ment", "sis", "ance", "research", "control", "design"} {
		if strings.HasSuffix(word, ending) {
			return true
		}
	}
	return false
}

// Objects that say nothing without their verb.
var emptyObjects = map[string]bool{
	"information": true, "work": true, "tasks": true, "support": true, "assistance": true, "advice": true, "data": true,
	"services": true, "objects": true, "others": true, "people": true, "activities": true, "things": true, "reports": true,
	"problems": true, "goods": true, "products": true, "items": true, "results": true, "projects": true, "orders": true,
	"deadlines": true, "instructions": true, "equipment": true, "materials": true, "procedures": true, "changes": true,
}

// concepts adds labels with their verb dropped ("musical staff") or turned into a noun ("management of musical staff",
// "musical staff management").
func (n *namer) concepts() {
	for _, m := range n.labelled() {
		verb, object, ok := english.SplitObject(m.text)
		if !ok || m.words > 6 || strings.Contains(object, ",") || startsClause(object) {
			continue
		}
		for _, article := range []string{"the ", "a ", "an ", "your ", "their "} {
			object = strings.TrimPrefix(object, article)
		}
		if !emptyObjects[object] && strings.Contains(object, " ") {
			n.add(object, false, fromConcept)
		}
		noun, ok := english.Nominal(verb)
		if !ok {
			continue
		}
		n.add(noun+" of "+object, false, fromNominal)
		if words := strings.Count(object, " ") + 1; words <= 3 && !hasFunctionWord(object) && object != "others" {
			n.add(singular(object)+" "+noun, false, fromNominal)
		}
	}
}

// startsClause reports whether an object is or holds a clause or a coordinated verb, which cannot stand as a noun.
func startsClause(object string) bool {
	for _, word := range strings.Fields(object) {
		switch word {
		case "that", "how", "whether", "which", "to", "who", "when", "if", "not", "him", "her", "them", "oneself", "yourself":
			return true
		}
	}
	_, after, found := strings.Cut(object, " and ")
	first, _, _ := strings.Cut(after, " ")
	return found && english.IsOnlyVerb(first)
}

// hasFunctionWord reports whether a noun phrase is more than adjectives and nouns.
func hasFunctionWord(phrase string) bool {
	for _, word := range strings.Fields(phrase) {
		switch word {
		case "of", "in", "on", "for", "with", "to", "and", "or", "by", "from", "at", "the", "a", "an", "as", "into", "about",
			"between", "under", "against", "within", "through", "during", "up", "out", "after", "before", "over", "per":
			return true
		}
	}
	return false
}

// singular drops the plural of a phrase's last word, which stands before another noun then ("contracts" becomes
// "contract", as in "contract management").
func singular(phrase string) string {
	switch {
	case strings.HasSuffix(phrase, "ies") && len(phrase) > 5:
		return phrase[:len(phrase)-3] + "y"
	case strings.HasSuffix(phrase, "ches"), strings.HasSuffix(phrase, "shes"), strings.HasSuffix(phrase, "sses"), strings.HasSuffix(phrase, "xes"):
		return phrase[:len(phrase)-2]
	}
	for _, same := range []string{"ss", "us", "is", "goods", "sales", "logistics", "ics", "means", "series", "glasses", "clothes", "lens"} {
		if strings.HasSuffix(phrase, same) {
			return phrase
		}
	}
	return strings.TrimSuffix(phrase, "s")
}
