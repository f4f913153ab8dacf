package english

import (
	_ "embed"
	"strings"
)

//go:embed verbs.txt
var verbList string

//go:embed nounverbs.txt
var nounVerbList string

var (
	verbs     = wordSet(verbList)
	nounVerbs = wordSet(nounVerbList)
	gerunds   = gerundsOf(verbs) // gerund -> base form
)

func wordSet(list string) map[string]bool {
	set := make(map[string]bool)
	for w := range strings.FieldsSeq(list) {
		set[w] = true
		if stem, ok := strings.CutSuffix(w, "ise"); ok && list == verbList {
			set[stem+"ize"] = true // American and Oxford spelling
		}
	}
	return set
}

func gerundsOf(bases map[string]bool) map[string]string {
	inverse := make(map[string]string, len(bases))
	for v := range bases {
		g := Gerund(v)
		// "prioritise" and "prioritize" have distinct gerunds, so only odd pairs such as "sing" and "singe"
		// collide. The shorter verb wins, so that the result does not depend on the map's order.
		if old, taken := inverse[g]; !taken || len(v) < len(old) || len(v) == len(old) && v < old {
			inverse[g] = v
		}
	}
	return inverse
}

// IsVerb reports whether the lower-case word is the base form of a verb in job-ad English.
func IsVerb(word string) bool { return verbs[word] }

// IsOnlyVerb reports whether the word is a verb and hardly ever a noun or an adjective ("develop", but not "design").
func IsOnlyVerb(word string) bool { return verbs[word] && !nounVerbs[word] }

// seldomVerbs are verbs that are far more often nouns. Only the context can tell.
var seldomVerbs = wordSet(`network interface output board vacuum institute ready gauge oil wind rack age structure char
	water bill head script picture trust key grill demo partner image stream weight tone prime author credit charge mirror
	smoke staff market group program host fire fish seed mine sand type time line model function process project`)

// IsSeldomVerb reports whether a word of IsVerb is rarely used as one.
func IsSeldomVerb(word string) bool { return seldomVerbs[word] }

// BaseOfGerund returns the base form of a known verb's gerund ("planning" gives "plan").
func BaseOfGerund(word string) (string, bool) {
	base, ok := gerunds[word]
	return base, ok
}
