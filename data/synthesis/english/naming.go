package english

import (
	"strings"

	"skillspace/data/synthesis/template"
	"skillspace/data/taxonomy"
)

// sourceWeights are the relative frequencies with which each source of a name is tried first.
var sourceWeights = [template.Sources]int{13, 27, 74, 8, 4, 3, 100}

// shortWords is the largest number of words of a name in frames that use it as an attribute or in a list of tags.
const shortWords = 4

func newMention(text string, verb bool, from template.Source, k template.Kind) template.Mention {
	return template.Mention{Text: text, Verb: verb, Words: strings.Count(text, " ") + 1, Source: from, Kind: k}
}

// namer holds every mention of one skill, by source.
type namer struct {
	by        template.Names
	traits    []template.Mention // adjectives, which only special frames accept
	kind      template.Kind
	knowledge bool
	heads     map[string]bool // verbs at the start of the skill's labels
	objects   map[string]bool // the words after these verbs
}

// newNamer finds the mentions of a skill. Every skill has at least its preferred label.
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

// adPhrases adds the embedded phrases of the skill, if there are any.
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

// labelled returns the verb mentions from labels.
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

// dropPermutations removes alternative labels that only reorder a verb label ("cargo handling coordinating"
// beside "coordinate cargo handling"). No ad writes them.
func (n *namer) dropPermutations() {
	kept := n.by[template.FromAlternative][:0]
	for _, m := range n.by[template.FromAlternative] {
		if m.Verb || m.Words == 1 || !n.turnedAround(lastWord(m.Text)) {
			kept = append(kept, m)
		}
	}
	n.by[template.FromAlternative] = kept
}

// turnedAround reports whether the last word of a label is a verb that was moved there. Such a word is the gerund
// of a verb that other labels begin with, or of a verb with its own noun ("managing" beside "management").
func (n *namer) turnedAround(last string) bool {
	if last == "performance" {
		return true
	}
	base, ok := BaseOfGerund(last)
	noun, has := Nominal(base)
	return ok && !n.knowledge && (n.heads[base] || has && noun != last)
}
