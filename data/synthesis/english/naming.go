package english

import (
	"strings"

	"skillspace/data/synthesis/template"
	"skillspace/data/taxonomy"
)

// sourceWeights says how often each way of naming is tried first.
var sourceWeights = [template.Sources]int{13, 27, 74, 8, 4, 3, 100}

// shortWords is the most words a name may have in frames that use it as an attribute or in a list of tags.
const shortWords = 4

func newMention(text string, verb bool, from template.Source, k template.Kind) template.Mention {
	return template.Mention{Text: text, Verb: verb, Words: strings.Count(text, " ") + 1, Source: from, Kind: k}
}

// namer holds every mention of one skill, by source.
type namer struct {
	by        template.Names
	traits    []template.Mention // adjectives, which only frames of their own can take
	kind      template.Kind
	knowledge bool
	heads     map[string]bool // verbs that the skill's labels begin with
	objects   map[string]bool // what follows these verbs
}

// newNamer finds the mentions of a skill. A skill always has at least its preferred label.
func newNamer(s *taxonomy.Skill, ads Phrases) *namer {
	n := &namer{kind: kindOf(s)}
	n.labels(s)
	n.concepts()
	n.clauses(s.Description)
	n.adPhrases(ads[labelKey(s.PreferredLabel)])
	if len(n.by[template.FromPreferred]) == 0 {
		n.by[template.FromPreferred] = []template.Mention{newMention(strings.TrimSpace(s.PreferredLabel), false, template.FromPreferred, n.kind)}
	}
	n.heads, n.objects = nil, nil
	return n
}

func kindOf(s *taxonomy.Skill) template.Kind {
	if s.Type != "knowledge" {
		if template.Personal(s) {
			return template.Soft
		}
		return template.Plain
	}
	label := template.PlainText(template.WithoutBrackets(s.PreferredLabel))
	if strings.HasPrefix(s.Description, "The "+label+" language") {
		return template.Language
	}
	if label == strings.ToLower(label) {
		return template.Field
	}
	description := strings.ToLower(s.Description)
	for _, word := range []string{"software", "program", "tool", "framework", "library", "platform", "database"} {
		if strings.Contains(description, word) {
			return template.Tool
		}
	}
	return template.Field
}

// adPhrases adds the embedded phrases for the skill, if there are any.
func (n *namer) adPhrases(p *adPhrases) {
	if p == nil {
		return
	}
	for _, text := range p.verbs {
		n.add(text, true, template.FromAds)
	}
	for _, text := range p.nouns {
		n.add(text, false, template.FromAds)
	}
	for _, text := range p.adjectives {
		m := newMention(text, false, template.FromAds, template.Plain)
		m.Trait = true
		n.traits = append(n.traits, m)
	}
}

func (n *namer) add(text string, verb bool, from template.Source) {
	n.by.Add(newMention(text, verb, from, n.kind))
}

// labelled returns the verb mentions that come from labels.
func (n *namer) labelled() []template.Mention {
	var list []template.Mention
	for _, from := range []template.Source{template.FromPreferred, template.FromAlternative} {
		for _, m := range n.by[from] {
			if m.Verb {
				list = append(list, m)
			}
		}
	}
	return list
}

// dropPermutations removes alternative labels that only turn a verb label around ("cargo handling coordinating" beside
// "coordinate cargo handling"), which no ad would write.
func (n *namer) dropPermutations() {
	kept := n.by[template.FromAlternative][:0]
	for _, m := range n.by[template.FromAlternative] {
		if m.Verb || m.Words == 1 || !n.turnedAround(lastWord(m.Text)) {
			kept = append(kept, m)
		}
	}
	n.by[template.FromAlternative] = kept
}

// turnedAround reports whether the last word of a label is a verb that was moved there: the gerund of one that other
// labels begin with, or of one that has a noun of its own ("managing" beside "management").
func (n *namer) turnedAround(last string) bool {
	if last == "performance" {
		return true
	}
	base, ok := BaseOfGerund(last)
	noun, has := Nominal(base)
	return ok && !n.knowledge && (n.heads[base] || has && noun != last)
}
