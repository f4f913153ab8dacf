package english

import (
	"strings"

	"skillspace/data/synthesis/template"
	"skillspace/data/taxonomy"
)

// labels adds the skill's labels. The preferred label comes first, because its verb shows how to read the others.
func (n *namer) labels(s *taxonomy.Skill) {
	n.knowledge = s.Type == "knowledge"
	n.heads, n.objects = make(map[string]bool), make(map[string]bool)
	for _, label := range append([]string{s.PreferredLabel}, s.AltLabels...) {
		if first, rest, more := strings.Cut(label, " "); more && !n.knowledge && IsVerb(first) {
			if label == s.PreferredLabel || IsOnlyVerb(first) {
				n.heads[first], n.objects[rest] = true, true
			}
		}
	}
	n.label(s.PreferredLabel, template.FromPreferred)
	for _, list := range [][]string{s.AltLabels, s.HiddenLabels} {
		for _, label := range list {
			n.label(label, template.FromAlternative)
		}
	}
	n.dropPermutations()
}

// label adds one label as a verb phrase or a noun phrase.
func (n *namer) label(label string, from template.Source) {
	text := withoutPreamble(template.PlainText(template.WithoutBrackets(label)))
	if text == "" {
		return
	}
	if n.kind <= template.Field { // names keep their capitals
		text = LowerFirst(text)
	}
	verb := false
	if base, ok := n.asVerbPhrase(text); ok {
		text, verb = base, true
	}
	n.add(text, verb, from)
}

// withoutPreamble drops words that only mark the label as a skill ("ability to", "knowledge of").
func withoutPreamble(text string) string {
	for _, prefix := range []string{
		"to ", "be able to ", "able to ", "ability to ", "the ability to ", "have knowledge of ", "knowledge of ", "understanding of ",
		"expertise in ", "skills in ", "experience in ", "know-how of ", "capability to ", "capacity to ",
	} {
		if rest, cut := strings.CutPrefix(text, prefix); cut && strings.Contains(rest, " ") {
			return rest
		}
	}
	for _, adjective := range []string{"fluent in ", "competent in ", "proficient in ", "skilled in ", "literate in "} {
		if strings.HasPrefix(text, adjective) {
			return "be " + text
		}
	}
	return text
}

// asVerbPhrase reads a label as a verb phrase in the base form, if it is one. The first word may be a verb or a
// noun ("market research", "market products"). It is a verb if the preferred label begins with it or if the next
// words require a verb.
func (n *namer) asVerbPhrase(text string) (string, bool) {
	first, rest, more := strings.Cut(text, " ")
	if !more {
		return text, !n.knowledge && IsOnlyVerb(first)
	}
	if n.knowledge {
		// A knowledge label is a noun phrase, even if its first word could be a verb ("design drawings").
		return text, IsOnlyVerb(first) || first == "use" && !strings.HasPrefix(rest, "of ") || first == "be"
	}
	second, _, _ := strings.Cut(rest, " ")
	if second == "of" && !IsOnlyVerb(first) {
		return "", false // "purchase of goods"
	}
	if base, ok := BaseOf(text); ok {
		head, _, _ := strings.Cut(base, " ")
		_, object, _ := strings.Cut(base, " ")
		return base, head == "use" || n.heads[head] || n.objects[object] || IsOnlyVerb(head)
	}
	if !IsVerbPhrase(text) {
		return n.thirdToBase(first, rest)
	}
	if n.heads[first] || n.objects[rest] || IsOnlyVerb(first) || !IsVerb(first) || needsVerb(second) {
		return text, true
	}
	if IsSeldomVerb(first) || IsNominal(lastWord(rest)) {
		return "", false
	}
	return text, second != "for" || takesFor(first)
}

// needsVerb reports whether the second word shows that the first word is a verb.
func needsVerb(word string) bool {
	switch word {
	case "the", "a", "an", "up", "out", "with", "to", "on", "down", "off", "back", "new", "all", "other", "others", "into":
		return true
	}
	return false
}

// takesFor reports whether "for" commonly follows a verb ("look for"). After a word that is also a noun, "for"
// proves nothing ("plan for").
func takesFor(verb string) bool {
	switch verb {
	case "pay", "look", "aim", "search", "care", "wait", "call", "account":
		return true
	}
	return false
}

// thirdToBase reads "assists in planning" as "assist in planning".
func (n *namer) thirdToBase(first, rest string) (string, bool) {
	for _, cut := range []string{"s", "es"} {
		base, ok := strings.CutSuffix(first, cut)
		if ok && (n.heads[base] || IsOnlyVerb(base)) && ThirdPerson(base) == first {
			return base + " " + rest, true
		}
	}
	return "", false
}

func lastWord(text string) string { return text[strings.LastIndexByte(text, ' ')+1:] }

// emptyObjects are objects that mean nothing without their verb.
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
		verb, object, ok := SplitObject(m.Text)
		if !ok || m.Words > 6 || strings.ContainsAny(object, ",'") || startsClause(object) {
			continue
		}
		for _, article := range []string{"the ", "a ", "an ", "your ", "their "} {
			object = strings.TrimPrefix(object, article)
		}
		if !emptyObjects[object] && strings.Contains(object, " ") && !needsItsVerb(verb, object) {
			n.add(object, false, template.FromConcept)
		}
		noun, ok := Nominal(verb)
		if !ok {
			continue
		}
		n.add(noun+" of "+object, false, template.FromNominal)
		if words := strings.Count(object, " ") + 1; words <= 3 && !hasFunctionWord(object) && object != "others" {
			n.add(singular(object)+" "+noun, false, template.FromNominal)
		}
	}
}

// needsItsVerb reports whether an object means little without its verb. Such an object is a statement or has a
// recipient ("shipments are safe", "customers on insurance").
func needsItsVerb(verb, object string) bool {
	switch verb {
	case "ensure", "make", "keep", "let", "help", "have", "be", "become", "stay", "get", "show", "give", "put", "take", "do", "see", "set", "assist", "enable", "encourage", "remain":
		return true
	}
	for word := range strings.FieldsSeq(object) {
		switch word {
		case "is", "are", "on", "to", "from", "with", "by", "at", "against", "into", "about", "as", "up", "through", "while", "before", "after", "when":
			return true
		}
	}
	return false
}

// startsClause reports whether an object is or contains a clause or a coordinated verb. Such an object cannot be
// a noun phrase.
func startsClause(object string) bool {
	for word := range strings.FieldsSeq(object) {
		switch word {
		case "is", "are", "that", "how", "whether", "which", "to", "who", "when", "if", "not", "him", "her", "them", "oneself", "yourself":
			return true
		}
	}
	_, after, found := strings.Cut(object, " and ")
	first, _, _ := strings.Cut(after, " ")
	return found && IsOnlyVerb(first)
}

// hasFunctionWord reports whether a noun phrase has words other than adjectives and nouns.
func hasFunctionWord(phrase string) bool {
	for word := range strings.FieldsSeq(phrase) {
		switch word {
		case "of", "in", "on", "for", "with", "to", "and", "or", "by", "from", "at", "the", "a", "an", "as", "into", "about",
			"between", "under", "against", "within", "through", "during", "up", "out", "after", "before", "over", "per":
			return true
		}
	}
	return false
}

// singular drops the plural of a phrase's last word, for use before another noun ("contracts" becomes "contract",
// as in "contract management").
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
