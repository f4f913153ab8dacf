package synthesis

import (
	"math/rand/v2"
	"strings"

	"skillspace/data/synthesis/english"
	"skillspace/data/taxonomy"
)

// source says how a mention names its skill.
type source int

const (
	fromPreferred   source = iota // the preferred label
	fromAlternative               // an alternative or hidden label
	fromClause                    // a clause of the description
	fromConcept                   // a label without its verb
	fromNominal                   // a label's verb turned into a noun
	fromExample                   // the examples that the description gives
	fromAds                       // how ads speak of the skill, from the embedded phrases
	sources
)

var sourceNames = [sources]string{"preferred_label", "alternative_label", "description_clause", "concept", "nominalised", "example", "ad_phrase"}

// sourceWeights says how often each way of naming is tried first.
var sourceWeights = [sources]int{13, 27, 74, 8, 4, 3, 100}

// kind is what sort of thing a noun mention is; some frames suit one kind only.
type kind int

const (
	plain    kind = iota
	soft          // a personal strength
	field         // a field of knowledge
	tool          // software, programming languages, methods spelled as a name
	language      // a human language
)

// mention is one way to name a skill in a sentence.
type mention struct {
	text   string
	verb   bool // begins with a verb in the base form
	trait  bool // follows "you are"; a mention that is neither is a noun phrase
	words  int
	source source
	kind   kind
}

// shortWords is the most words a name may have in frames that use it as an attribute or in a list of tags.
const shortWords = 4

func newMention(text string, verb bool, from source, k kind) mention {
	return mention{text: text, verb: verb, words: strings.Count(text, " ") + 1, source: from, kind: k}
}

// namer holds every mention of one skill, by source.
type namer struct {
	by        [sources][]mention
	traits    []mention // adjectives, which only frames of their own can take
	kind      kind
	knowledge bool
	heads     map[string]bool // verbs that the skill's labels begin with
	objects   map[string]bool // what follows these verbs
}

// newNamer finds the mentions of a skill. A skill always has at least its preferred label.
func newNamer(s *taxonomy.Skill, ads map[string]*adPhrases) *namer {
	n := &namer{kind: kindOf(s)}
	n.labels(s)
	n.concepts()
	n.clauses(s.Description)
	n.adPhrases(ads[labelKey(s.PreferredLabel)])
	if len(n.by[fromPreferred]) == 0 {
		n.by[fromPreferred] = []mention{newMention(strings.TrimSpace(s.PreferredLabel), false, fromPreferred, n.kind)}
	}
	n.heads, n.objects = nil, nil
	return n
}

// personal reports whether a skill is a personal strength that any job may ask for. Half of ESCO's transversal skills
// are languages; these show by the name in capitals.
func personal(s *taxonomy.Skill) bool {
	return s.ReuseLevel == "transversal" && s.PreferredLabel == strings.ToLower(s.PreferredLabel)
}

func kindOf(s *taxonomy.Skill) kind {
	if s.Type != "knowledge" {
		if personal(s) {
			return soft
		}
		return plain
	}
	label := plainText(withoutBrackets(s.PreferredLabel))
	if strings.HasPrefix(s.Description, "The "+label+" language") {
		return language
	}
	if label == strings.ToLower(label) {
		return field
	}
	description := strings.ToLower(s.Description)
	for _, word := range []string{"software", "program", "tool", "framework", "library", "platform", "database"} {
		if strings.Contains(description, word) {
			return tool
		}
	}
	return field
}

// pick draws a mention that satisfies the predicate, or false when none does.
func (n *namer) pick(rng *rand.Rand, suits func(*mention) bool) (mention, bool) {
	total := 0
	var fits [sources][]int
	for from := range sources {
		for i := range n.by[from] {
			if suits(&n.by[from][i]) {
				fits[from] = append(fits[from], i)
			}
		}
		if len(fits[from]) > 0 {
			total += sourceWeights[from]
		}
	}
	if total == 0 {
		return mention{}, false
	}
	at := rng.IntN(total)
	for from := range sources {
		if len(fits[from]) == 0 {
			continue
		}
		if at -= sourceWeights[from]; at < 0 {
			return n.by[from][fits[from][rng.IntN(len(fits[from]))]], true
		}
	}
	return mention{}, false
}

// adPhrases adds the embedded phrases for the skill, if there are any.
func (n *namer) adPhrases(p *adPhrases) {
	if p == nil {
		return
	}
	for _, text := range p.verbs {
		n.add(text, true, fromAds)
	}
	for _, text := range p.nouns {
		n.add(text, false, fromAds)
	}
	for _, text := range p.adjectives {
		m := newMention(text, false, fromAds, plain)
		m.trait = true
		n.traits = append(n.traits, m)
	}
}

func (n *namer) add(text string, verb bool, from source) {
	if text == "" {
		return
	}
	for _, old := range n.by[from] {
		if old.text == text {
			return
		}
	}
	n.by[from] = append(n.by[from], newMention(text, verb, from, n.kind))
}

// labelled returns the verb mentions that come from labels.
func (n *namer) labelled() []mention {
	var list []mention
	for _, from := range []source{fromPreferred, fromAlternative} {
		for _, m := range n.by[from] {
			if m.verb {
				list = append(list, m)
			}
		}
	}
	return list
}

// dropPermutations removes alternative labels that only turn a verb label around ("cargo handling coordinating" beside
// "coordinate cargo handling"), which no ad would write.
func (n *namer) dropPermutations() {
	kept := n.by[fromAlternative][:0]
	for _, m := range n.by[fromAlternative] {
		if m.verb || m.words == 1 || !n.turnedAround(lastWord(m.text)) {
			kept = append(kept, m)
		}
	}
	n.by[fromAlternative] = kept
}

// turnedAround reports whether the last word of a label is a verb that was moved there: the gerund of one that other
// labels begin with, or of one that has a noun of its own ("managing" beside "management").
func (n *namer) turnedAround(last string) bool {
	if last == "performance" {
		return true
	}
	base, ok := english.BaseOfGerund(last)
	noun, has := english.Nominal(base)
	return ok && !n.knowledge && (n.heads[base] || has && noun != last)
}
