package english

import (
	"slices"
	"strings"

	"skillspace/data/synthesis/template"
)

// Bounds in words of a clause that is cut from a description.
const (
	shortestClause = 3
	longestClause  = 22
)

// A clause may end before these words: the text after them only narrows or illustrates the text before.
var cuts = []string{
	", such as ", " such as ", ", including ", " including ", ", e.g. ", ", for example ", " for example ", ", ensuring ",
	", taking ", ", in order to ", " in order to ", ", so that ", " so that ", ", making sure ", ", based on ",
	", according to ", " according to ", ", in accordance with ", " in accordance with ", ", and ensure ", ", which ",
	", that is ", ", as well as ", " as well as ", ", like ", ", i.e. ", ", where ", ", while ", ": ", "; ", " - ", " – ",
	", with ", ", by ", ", for ", ", to ", ", depending on ", ", using ", " by using ", ", often ", ", usually ", ", especially ", ", from ",
}

// clauses cuts the description into phrases that describe the skill without its label.
func (n *namer) clauses(description string) {
	for i, sentence := range sentences(template.PlainText(template.WithoutBrackets(description))) {
		sentence = strings.TrimRight(sentence, " .;,:!")
		if tooGeneral(sentence) || i > 0 && pointsBack(sentence) {
			continue
		}
		if i == 0 || n.knowledge {
			n.examples(sentence)
		}
		phrase, verb, ok := clausePhrase(sentence, n.knowledge)
		if !ok || n.knowledge && i > 0 && n.by[template.FromClause] != nil {
			continue
		}
		for _, cut := range shortenings(phrase) {
			n.add(cut, verb, template.FromClause)
		}
	}
}

// sharedClause is the largest number of skills that a clause may describe. A clause of more skills identifies
// none of them.
const sharedClause = 2

// dropShared removes the clauses that describe many skills ("the techniques and principles of software development").
func dropShared(namers []*namer) {
	counts := make(map[string]int)
	for _, n := range namers {
		for _, m := range n.by[template.FromClause] {
			counts[m.Text]++
		}
	}
	for _, n := range namers {
		n.by[template.FromClause] = slices.DeleteFunc(n.by[template.FromClause], func(m template.Mention) bool { return counts[m.Text] > sharedClause })
	}
}

// sentences splits a description at full stops. Semicolons do not split it.
func sentences(text string) []string {
	var list []string
	for {
		at := -1
		for i := 0; i+2 < len(text); i++ {
			if (text[i] == '.' || text[i] == '!' || text[i] == '?') && text[i+1] == ' ' && text[i+2] >= 'A' && text[i+2] <= 'Z' && i > 3 && text[i-2] != '.' && text[i-2] != ' ' {
				at = i
				break
			}
		}
		if at < 0 {
			return append(list, text)
		}
		list = append(list, text[:at])
		text = text[at+2:]
	}
}

// pointsBack reports whether a sentence refers to things that an earlier sentence named.
func pointsBack(sentence string) bool {
	for word := range strings.FieldsSeq(strings.ToLower(sentence)) {
		switch strings.TrimRight(word, ",;:") {
		case "them", "it", "they", "this", "these", "those", "its", "their", "he", "she", "latter", "former", "aforementioned", "also", "both":
			return true
		}
	}
	return false
}

// tooGeneral reports whether a sentence says nothing specific. The ontology repeats such sentences for many
// skills.
func tooGeneral(sentence string) bool {
	for _, phrase := range []string{"EU Directive", "official and working language", "characteristics of the product", "legal and regulatory requirements", "offered products, their functionalities", "The offered services"} {
		if strings.Contains(sentence, phrase) {
			return true
		}
	}
	return strings.Contains(sentence, "http") || len(sentence) < 10
}

// clausePhrase turns a sentence of a description into a verb phrase in the base form or a noun phrase.
func clausePhrase(sentence string, knowledge bool) (phrase string, verb, ok bool) {
	for _, prefix := range []string{
		"Be able to ", "Being able to ", "The ability to ", "Ability to ", "Have the ability to ", "The capacity to ",
		"Able to ", "Being capable to ", "The skill to ", "The capability to ", "Possess the ability to ", "To ", "Know how to ",
	} {
		if rest, cut := strings.CutPrefix(sentence, prefix); cut {
			sentence = rest
			break
		}
	}
	if knowledge {
		return knowledgePhrase(sentence)
	}
	phrase = LowerFirst(sentence)
	if base, gerund := BaseOf(phrase); gerund {
		phrase = base
	}
	first, rest, _ := strings.Cut(phrase, " ")
	if !IsVerbPhrase(phrase) || strings.HasPrefix(rest, "of ") || strings.HasPrefix(phrase, "be aware that") {
		return "", false, false
	}
	if !IsOnlyVerb(strings.TrimRight(first, ",")) && finite(rest) {
		return "", false, false // "Design is the art of ..."
	}
	return phrase, true, true
}

// knowledgePhrase turns "Know the X", "Understand the X", "The X" and "Label is the X" into a noun phrase.
func knowledgePhrase(sentence string) (string, bool, bool) {
	for _, prefix := range []string{
		"Have knowledge of ", "Have an understanding of ", "Have knowledge about ", "Knowledge of ", "Knowledge about ", "Know about ", "Know and understand ",
		"Know ", "Thoroughly understand ", "Understand ", "Understanding of ", "Be aware of ", "Be familiar with ",
		"Familiarity with ", "Understanding ", "Have a good understanding of ", "Thorough knowledge of ",
	} {
		if rest, cut := strings.CutPrefix(sentence, prefix); cut {
			sentence = rest
			break
		}
	}
	if strings.HasPrefix(sentence, "that ") || strings.HasPrefix(sentence, "how ") || strings.HasPrefix(sentence, "what ") {
		return sentence, false, strings.HasPrefix(sentence, "how ")
	}
	if finite(sentence) {
		return predicate(sentence)
	}
	return LowerFirst(sentence), false, true
}

// predicate returns "a tool for creating programs" for "Xcode is a tool for creating programs".
func predicate(sentence string) (string, bool, bool) {
	for _, is := range []string{" is ", " are "} {
		subject, rest, found := strings.Cut(sentence, is)
		if !found || strings.Count(subject, " ") > 5 {
			continue
		}
		for _, article := range []string{"a ", "an ", "the "} {
			if strings.HasPrefix(rest, article) && !strings.Contains(rest, ". ") {
				return rest, false, true
			}
		}
	}
	return "", false, false
}

// finite reports whether a sentence has a finite verb outside a relative clause. Such a sentence is not a noun
// phrase.
func finite(sentence string) bool {
	for word := range strings.FieldsSeq(sentence) {
		switch strings.TrimRight(word, ",;:") {
		case "that", "which", "who", "where", "how", "when", "what", "whose", "whether", "why":
			return false
		case "is", "are", "was", "were", "has", "have", "can", "may", "must", "should", "will", "aims", "includes", "refers",
			"involves", "consists", "allows", "describes", "deals", "focuses", "uses", "provides", "helps", "means", "does", "enables", "encompasses", "covers", "include", "enable", "allow":
			return true
		}
	}
	return false
}

// shortenings returns the phrase itself if it is short enough, and its beginnings up to each place where it may
// end.
func shortenings(phrase string) []string {
	var list []string
	keep := func(text string) {
		text = trimTail(text)
		words := strings.Count(text, " ") + 1
		if words >= shortestClause && words <= longestClause && balanced(text) && !headless(text) {
			list = append(list, text)
		}
	}
	keep(phrase)
	for _, cut := range cuts {
		if at := strings.Index(phrase, cut); at > 0 {
			keep(phrase[:at])
		}
	}
	if len(list) == 0 {
		keep(upToComma(phrase))
	}
	if len(list) == 0 {
		keep(upToRemark(phrase))
	}
	return list
}

// upToRemark ends a phrase that is too long at the last remark before which it fits. A remark is a relative
// clause or a means.
func upToRemark(phrase string) string {
	for _, remark := range [...]string{
		" which ", " that ", " by ", " using ", " designed ", " used ", " when ", " where ", " concerning ", " aiming ", " aimed ",
		" ranging ", " in which ", " with ", " for ", " during ", " to ",
	} {
		at := strings.LastIndex(phrase, remark)
		for at > 0 && strings.Count(phrase[:at], " ")+1 > longestClause {
			at = strings.LastIndex(phrase[:at], remark)
		}
		if at > 0 && strings.Count(phrase[:at], " ") >= 4 && !IsVerb(lastWord(phrase[:at])) {
			return phrase[:at]
		}
	}
	return ""
}

// upToComma ends a phrase that is too long at the last comma that fits. A new thought must follow the comma, not
// another item of a list. It returns "" if there is no such comma.
func upToComma(phrase string) string {
	best, words := "", 0
	fields := strings.Fields(phrase)
	for i, word := range fields {
		if words++; words > longestClause || i+1 == len(fields) {
			break
		}
		if next := strings.ToLower(fields[i+1]); words > 4 && strings.HasSuffix(word, ",") &&
			(strings.HasSuffix(next, "ing") || IsOnlyVerb(next) || clauseOpeners[next]) {
			best = strings.Join(fields[:i+1], " ")
		}
	}
	return best
}

var clauseOpeners = map[string]bool{
	"in": true, "on": true, "at": true, "to": true, "with": true, "while": true, "as": true, "so": true, "by": true, "for": true,
	"based": true, "either": true, "mainly": true, "often": true, "usually": true, "both": true, "where": true, "when": true, "if": true,
}

// trimTail drops a comma or a joining word at the end, which a cut may leave.
func trimTail(text string) string {
	for {
		text = strings.TrimRight(text, " ,;:-–")
		switch lastWord(text) {
		case "and", "or", "of", "the", "a", "an", "to", "in", "for", "with", "by", "on", "as", "etc", "such", "their", "its", "from", "at", "but", "not", "both", "so", "also", "e.g":
			at := strings.LastIndexByte(text, ' ')
			if at < 0 {
				return ""
			}
			text = text[:at]
		default:
			return text
		}
	}
}

// headless reports whether a cut removed the verb from a clause that begins with "that" ("ensure that the
// samples").
func headless(text string) bool {
	_, clause, found := strings.Cut(text, " that ")
	if !found {
		return false
	}
	for word := range strings.FieldsSeq(clause) {
		word = strings.TrimRight(word, ",;:")
		if finite(word) || IsVerb(word) || IsVerb(strings.TrimSuffix(word, "s")) || IsVerb(strings.TrimSuffix(word, "es")) ||
			strings.HasSuffix(word, "ed") {
			return false
		}
	}
	return true
}

func balanced(text string) bool {
	return strings.Count(text, "\"")%2 == 0 && strings.Count(text, "(") == strings.Count(text, ")")
}

// examples keeps the list after "such as". The examples name the skill ("Oracle, MySQL and Microsoft SQL
// Server").
func (n *namer) examples(sentence string) {
	_, list, found := strings.Cut(sentence, "such as ")
	if !found || !strings.Contains(list, ",") || finite(list) {
		return
	}
	for _, end := range []string{" in order to", " so that", " according to", ";", ":", " to ensure", " that ", " which ", ", to ", ", for "} {
		list, _, _ = strings.Cut(list, end)
	}
	list = trimTail(list)
	if words := strings.Count(list, " ") + 1; words >= 3 && words <= 14 && balanced(list) {
		first, _, _ := strings.Cut(list, " ")
		if !IsOnlyVerb(first) {
			n.add(list, false, template.FromExample)
		}
	}
}
