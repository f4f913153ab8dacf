package english

import "strings"

// Form is the form a verb phrase takes in a sentence.
type Form int

// The forms a verb phrase can take.
const (
	Base  Form = iota // "manage musical staff"
	Ing               // "managing musical staff"
	Third             // "manages musical staff"
)

// clauseStarts are words that begin a clause. Verbs of the clause no longer depend on the head of the phrase.
var clauseStarts = wordSet(`to that which who whom whose how when where if whether while so what why because
	can could will would may might must should cannot not`)

// IsVerbPhrase reports whether a phrase begins with a verb's base form. An adverb may come before it ("safely
// operate").
func IsVerbPhrase(phrase string) bool {
	words := strings.Fields(phrase)
	i := headIndex(words)
	return i >= 0 && len(words) > i
}

// headIndex returns the index of the phrase's first verb, or -1.
func headIndex(words []string) int {
	for i, w := range words {
		bare, _ := splitPunctuation(strings.ToLower(w))
		if first, _, pair := strings.Cut(bare, "/"); IsVerb(bare) || pair && IsVerb(first) {
			return i
		}
		if i > 0 || !isAdverb(bare) {
			return -1
		}
	}
	return -1
}

func isAdverb(word string) bool {
	return len(word) > 4 && strings.HasSuffix(word, "ly") && !IsVerb(word) && word != "family" && word != "assembly"
}

// Inflect puts a verb phrase in the base form into another form. It inflects the head, the verbs coordinated with
// the head ("plan and manage budgets") and later words that can only be verbs (", ensure quality"). It leaves the
// verbs inside a subordinate clause ("help clients to plan and develop"). A phrase without a verb is returned
// unchanged.
func Inflect(phrase string, form Form) string {
	words := strings.Fields(phrase)
	head := headIndex(words)
	if head < 0 || form == Base {
		return phrase
	}
	words[head] = inflectWord(words[head], form)
	for i := head + 1; i < len(words); i++ {
		bare, _ := splitPunctuation(strings.ToLower(words[i]))
		if clauseStarts[bare] {
			break
		}
		if coordinated(words, i, head) {
			words[i] = inflectWord(words[i], form)
			head = i
		}
	}
	return strings.Join(words, " ")
}

// coordinated reports whether the word at i is a verb coordinated with the head: a comma, "and", "or" or "then"
// joins them. Directly after the head any verb counts ("plan and budget"). Further on, only a verb that is never
// a noun counts, or a verb that is followed by one (", monitor and operate it").
func coordinated(words []string, i, head int) bool {
	word, _ := splitPunctuation(strings.ToLower(words[i]))
	if !IsVerb(word) {
		return false
	}
	prev := strings.ToLower(words[i-1])
	joint := prev == "and" || prev == "or" || prev == "then" || prev == "&" || strings.HasSuffix(prev, ",")
	if !joint {
		return false
	}
	near := i - head
	if near == 1 || near == 2 && !strings.HasSuffix(prev, ",") {
		return i+1 < len(words) || IsOnlyVerb(word)
	}
	if IsOnlyVerb(word) {
		return i+1 < len(words)
	}
	return strings.HasSuffix(prev, ",") && i+3 < len(words) && words[i+1] == "and" && IsOnlyVerb(strings.ToLower(words[i+2]))
}

func inflectWord(word string, form Form) string {
	bare, tail := splitPunctuation(word)
	if a, b, ok := strings.Cut(bare, "/"); ok && IsVerb(strings.ToLower(a)) && IsVerb(strings.ToLower(b)) {
		return inflectWord(a, form) + "/" + inflectWord(b, form) + tail
	}
	lower := strings.ToLower(bare)
	out := lower
	switch form {
	case Ing:
		out = Gerund(lower)
	case Third:
		out = ThirdPerson(lower)
	}
	if bare != lower {
		out = UpperFirst(out)
	}
	return out + tail
}

func splitPunctuation(word string) (bare, tail string) {
	bare = strings.TrimRight(word, ",;:.")
	return bare, word[len(bare):]
}

// BaseOf turns a phrase that begins with a gerund into the base form ("managing and training staff" gives "manage
// and train staff"). ok is false if its first word is not the gerund of a known verb.
func BaseOf(phrase string) (base string, ok bool) {
	words := strings.Fields(phrase)
	if len(words) < 2 {
		return "", false
	}
	head, ok := BaseOfGerund(strings.ToLower(words[0]))
	if !ok {
		return "", false
	}
	words[0] = head
	if len(words) > 3 && (words[1] == "and" || words[1] == "or") {
		if second, ok := BaseOfGerund(strings.ToLower(words[2])); ok {
			words[2] = second
		}
	}
	return strings.Join(words, " "), true
}
