// Package template holds what the template writers of all languages share: how a sentence names a skill, the draft
// that a writer returns, and the tidying of taxonomy texts. It holds no words of any language's ads.
package template

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"skillspace/data/taxonomy"
)

// Draft is one sentence of a writer, with the data for the statistics.
type Draft struct {
	Text    string
	Shape   uint64   // equal for sentences of the same pattern
	Sources []Source // one per named skill
}

// NoSlots is the filler for grammar rules without skills. It refuses every slot.
func NoSlots(slot string) (string, error) {
	return "", fmt.Errorf("a rule without skills has a slot $%s", slot)
}

// Source says how a mention names its skill.
type Source int

// The sources. Sources is their number.
const (
	FromPreferred   Source = iota // the preferred label
	FromAlternative               // an alternative or hidden label
	FromClause                    // a clause of the description
	FromConcept                   // a label without its verb
	FromNominal                   // a label whose verb became a noun
	FromExample                   // the examples that the description gives
	FromAds                       // the words of ads, from the embedded phrases
	Sources
)

var sourceNames = [Sources]string{"preferred_label", "alternative_label", "description_clause", "concept", "nominalised", "example", "ad_phrase"}

// String is the key of the source in reports.
func (s Source) String() string { return sourceNames[s] }

// Kind is the kind of a noun mention. Some frames fit one kind only.
type Kind int

// The kinds.
const (
	Plain    Kind = iota
	Soft          // a personal strength
	Field         // a field of knowledge
	Tool          // software, programming languages, methods spelled as a name
	Language      // a human language
)

// Mention is one way to name a skill in a sentence.
type Mention struct {
	Text   string
	Verb   bool // begins with a verb in the base form
	Trait  bool // follows "you are"; a mention that is neither verb nor trait is a noun phrase
	Words  int  // in Chinese: characters
	Source Source
	Kind   Kind
}

// Names holds every mention of one skill, by source.
type Names [Sources][]Mention

// Add adds a mention, unless it is empty or its source has the text already.
func (n *Names) Add(m Mention) {
	if m.Text == "" {
		return
	}
	for _, old := range n[m.Source] {
		if old.Text == m.Text {
			return
		}
	}
	n[m.Source] = append(n[m.Source], m)
}

// Pick draws a mention that satisfies suits: first a source by weight, then one of its mentions. It returns false when none
// suits.
func (n *Names) Pick(rng *rand.Rand, weights *[Sources]int, suits func(*Mention) bool) (Mention, bool) {
	total := 0
	var fits [Sources][]int
	for from := range n {
		for i := range n[from] {
			if suits(&n[from][i]) {
				fits[from] = append(fits[from], i)
			}
		}
		if len(fits[from]) > 0 {
			total += weights[from]
		}
	}
	if total == 0 {
		return Mention{}, false
	}
	at := rng.IntN(total)
	for from := range n {
		if len(fits[from]) == 0 {
			continue
		}
		if at -= weights[from]; at < 0 {
			return n[from][fits[from][rng.IntN(len(fits[from]))]], true
		}
	}
	return Mention{}, false
}

// Personal reports whether a skill is a personal strength that any job may ask for. Half of ESCO's transversal skills are
// languages; their labels begin with a capital letter.
func Personal(s *taxonomy.Skill) bool {
	return s.ReuseLevel == "transversal" && s.PreferredLabel == strings.ToLower(s.PreferredLabel)
}
