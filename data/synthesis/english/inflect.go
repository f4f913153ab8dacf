package english

import "strings"

// Verbs with an irregular gerund or third person.
var (
	irregularGerund = map[string]string{
		"be": "being", "see": "seeing", "dye": "dyeing", "age": "ageing", "singe": "singeing", "tinge": "tingeing",
		"program": "programming", "format": "formatting", "worship": "worshipping", "kidnap": "kidnapping",
		"handicap": "handicapping", "input": "inputting", "output": "outputting", "waterproof": "waterproofing",
		"focus": "focusing", "benefit": "benefiting", "target": "targeting", "market": "marketing",
	}
	irregularThird = map[string]string{"be": "is", "have": "has", "do": "does", "go": "goes"}

	// Verbs of two or more syllables with stress on the last one. They double their last consonant.
	stressedLast = wordSet(`abet abhor abut acquit admit allot annul begin befit commit compel concur confer control
		debug defer demur deter distil emit enrol equip excel expel extol forbid forget fulfil impel incur infer instil
		occur offset omit outfit outwit patrol permit prefer propel rebut recap recur refer refit regret remit repel reset
		resit retrofit rerun submit transfer transmit unpin unplug unwrap unzip upset zigzag overlap reequip preset
		handicap backlog multitask unbolt sublet upcycle intermit rebar input output download`)
)

// Gerund returns the -ing form of a verb's base form, in British spelling ("travelling"). A particle after a hyphen
// stays behind ("follow-up" gives "following up").
func Gerund(verb string) string {
	if head, tail, ok := splitHyphen(verb); ok {
		return joinInflected(head, tail, Gerund)
	}
	if g, ok := irregularGerund[verb]; ok {
		return g
	}
	switch {
	case strings.HasSuffix(verb, "ie"):
		return verb[:len(verb)-2] + "ying"
	case strings.HasSuffix(verb, "ee"), strings.HasSuffix(verb, "oe"), strings.HasSuffix(verb, "ye"):
		return verb + "ing"
	case strings.HasSuffix(verb, "e"):
		return verb[:len(verb)-1] + "ing"
	case strings.HasSuffix(verb, "ic"):
		return verb + "king"
	case doubles(verb):
		return verb + verb[len(verb)-1:] + "ing"
	}
	return verb + "ing"
}

// ThirdPerson returns the third person singular of a verb's base form ("carry" gives "carries").
func ThirdPerson(verb string) string {
	if head, tail, ok := splitHyphen(verb); ok {
		return joinInflected(head, tail, ThirdPerson)
	}
	if t, ok := irregularThird[verb]; ok {
		return t
	}
	return addS(verb)
}

func addS(word string) string {
	n := len(word)
	switch {
	case n == 0:
		return word
	case hasAnySuffix(word, "s", "x", "z", "ch", "sh"):
		return word + "es"
	case strings.HasSuffix(word, "o") && n > 2 && !isVowel(word[n-2]):
		return word + "es"
	case strings.HasSuffix(word, "y") && n > 1 && !isVowel(word[n-2]):
		return word[:n-1] + "ies"
	}
	return word + "s"
}

// doubles reports whether the last consonant is doubled before -ing. It is doubled after one short stressed
// vowel, and an l always is.
func doubles(verb string) bool {
	n := len(verb)
	if n < 3 {
		return false
	}
	last, vowel := verb[n-1], verb[n-2]
	if isVowel(last) || strings.IndexByte("wxyh", last) >= 0 || !isVowel(vowel) {
		return false
	}
	if isVowel(verb[n-3]) && (verb[n-3] != 'u' || n < 4 || verb[n-4] != 'q') {
		return strings.HasSuffix(verb, "uel") // "fuelling", but "repairing" and "boiling"
	}
	if stressedLast[verb] {
		return true
	}
	if last == 'l' {
		return vowels(verb) > 1 || len(verb) <= 4
	}
	return vowels(verb) == 1
}

// vowels counts the groups of vowels. The count is close to the number of syllables of a verb that does not end
// in e.
func vowels(word string) int {
	groups, inside := 0, false
	for i := range len(word) {
		v := isVowel(word[i]) || word[i] == 'y' && i > 0
		if v && word[i] == 'u' && i > 0 && word[i-1] == 'q' {
			v = false // "qu" is a consonant
		}
		if v && !inside {
			groups++
		}
		inside = v
	}
	return groups
}

func isVowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }

func hasAnySuffix(word string, suffixes ...string) bool {
	for _, s := range suffixes {
		if strings.HasSuffix(word, s) {
			return true
		}
	}
	return false
}

// Particles that follow a verb after a hyphen.
var particles = wordSet("up down off out over in on")

func splitHyphen(verb string) (head, tail string, ok bool) {
	head, tail, ok = strings.Cut(verb, "-")
	return head, tail, ok && head != "" && tail != ""
}

func joinInflected(head, tail string, inflect func(string) string) string {
	if particles[tail] {
		return inflect(head) + " " + tail
	}
	return head + "-" + inflect(tail)
}
