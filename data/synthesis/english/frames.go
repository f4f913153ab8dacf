package english

import (
	"fmt"
	"strings"

	"skillspace/data/synthesis/template"
)

// longestMention is the largest number of words of a mention, by the number of skills in the sentence.
var longestMention = [...]int{0, 22, 14, 11, 9}

// frame writes one frame that names all the skills.
func (w *Writer) frame(s *template.Draft, skills []int) error {
	mentions := w.mentions(skills)
	rule, first, second := w.choose(mentions)
	x, err := w.grammar.Expand(w.rng, rule, func(slot string) (string, error) {
		if name, ok := strings.CutSuffix(slot, "2"); ok {
			return w.fill(name, second)
		}
		return w.fill(slot, first)
	})
	if err != nil {
		return fmt.Errorf("rule %s: %w", rule, err)
	}
	s.Text, s.Shape, s.Sources = x.Text, x.Shape, nil
	for _, m := range mentions {
		s.Sources = append(s.Sources, m.Source)
	}
	return nil
}

// mentions names each skill. In some sentences it prefers short nouns for all skills, as in lists of tags.
func (w *Writer) mentions(skills []int) []template.Mention {
	longest := longestMention[min(len(skills), len(longestMention)-1)]
	terse := w.chance(14)
	list := make([]template.Mention, len(skills))
	if w.chance(45) && w.traits(skills, list) {
		return list
	}
	for i, skill := range skills {
		n := w.namers[skill]
		ok := false
		if terse || n.kind > template.Field && w.chance(45) {
			list[i], ok = n.by.Pick(w.rng, &sourceWeights, func(m *template.Mention) bool { return !m.Verb && m.Words <= shortWords })
		}
		if !ok {
			list[i], ok = n.by.Pick(w.rng, &sourceWeights, func(m *template.Mention) bool { return m.Words <= longest })
		}
		if !ok {
			list[i], _ = n.by.Pick(w.rng, &sourceWeights, func(*template.Mention) bool { return true })
		}
	}
	return list
}

// traits names each skill by an adjective. It returns false if a skill has none.
func (w *Writer) traits(skills []int, list []template.Mention) bool {
	for i, skill := range skills {
		traits := w.namers[skill].traits
		if len(traits) == 0 {
			return false
		}
		list[i] = traits[w.rng.IntN(len(traits))]
	}
	return true
}

// choose picks a rule for the mentions and splits them into the groups of the rule's slots.
func (w *Writer) choose(mentions []template.Mention) (rule string, first, second []template.Mention) {
	if mentions[0].Trait {
		return w.traitRule(mentions), mentions, nil
	}
	var verbs, nouns []template.Mention
	short, sort := true, mentions[0].Kind
	for _, m := range mentions {
		if m.Verb {
			verbs = append(verbs, m)
		} else {
			nouns = append(nouns, m)
		}
		short = short && !m.Verb && m.Words <= shortWords && m.Source != template.FromExample && (!hasFunctionWord(m.Text) || m.Kind == template.Soft && !startsWithArticle(m.Text))
		if m.Kind != sort || m.Source == template.FromClause || m.Source == template.FromExample {
			sort = template.Plain
		}
	}
	pair := len(mentions) > 1 && w.chance(22)
	cut := 1
	if pair {
		cut = 1 + w.rng.IntN(len(mentions)-1)
	}
	switch {
	case len(nouns) == 0 && pair:
		return w.either(75, "verb_pair", "np_pair"), mentions[:cut], mentions[cut:]
	case len(nouns) == 0:
		return w.either(84, "verb_frame", "np_frame"), mentions, nil
	case len(verbs) > 0 && w.chance(62):
		return "mixed_frame", verbs, nouns
	case len(verbs) > 0:
		return "np_frame", mentions, nil
	case pair:
		return w.either(70, "noun_pair", "np_pair"), mentions[:cut], mentions[cut:]
	}
	return w.nounRule(short, sort), mentions, nil
}

func startsWithArticle(text string) bool {
	first, _, _ := strings.Cut(text, " ")
	return first == "a" || first == "an" || first == "the"
}

// traitRule picks a rule for traits only.
func (w *Writer) traitRule(mentions []template.Mention) string {
	for _, m := range mentions {
		if strings.Contains(m.Text, " ") {
			return "adj_frame"
		}
	}
	return w.either(55, "adj_frame", "attr_frame")
}

// nounRule picks a rule for nouns only.
func (w *Writer) nounRule(short bool, sort template.Kind) string {
	switch {
	case sort == template.Soft && short && w.chance(85):
		return "soft_frame"
	case sort == template.Soft:
		return "soft_any"
	case sort == template.Language && w.chance(70):
		return "language_frame"
	case sort == template.Tool && w.chance(50):
		return "tool_frame"
	case short && w.chance(30):
		return "tag_frame"
	case short && w.chance(35):
		return "short_frame"
	case sort == template.Field:
		return "field_frame"
	case sort > template.Field:
		return "noun_frame"
	}
	return w.either(45, "np_frame", "noun_frame")
}

func (w *Writer) either(percent int, a, b string) string {
	if w.chance(percent) {
		return a
	}
	return b
}

// fill joins a group of mentions in the form that a slot asks for.
func (w *Writer) fill(slot string, group []template.Mention) (string, error) {
	if len(group) == 0 {
		return "", fmt.Errorf("slot $%s has no skill to take", slot)
	}
	parts := make([]string, len(group))
	for i, m := range group {
		switch slot {
		case "verb":
			parts[i] = m.Text
		case "ger", "np":
			parts[i] = m.Text
			if m.Verb {
				parts[i] = Inflect(m.Text, Ing)
			}
		case "third":
			parts[i] = Inflect(m.Text, Third)
		case "noun", "bare", "tag", "adj", "attr":
			parts[i] = m.Text
		default:
			return "", fmt.Errorf("slot $%s is unknown", slot)
		}
		parts[i] = w.reword(parts[i])
		if m.Verb && (slot == "noun" || slot == "tag") || !m.Verb && (slot == "verb" || slot == "ger" || slot == "third") {
			return "", fmt.Errorf("slot $%s cannot take %q", slot, m.Text)
		}
	}
	if slot == "tag" {
		return w.joinTags(parts), nil
	}
	return w.join(parts), nil
}

// join lists phrases inside a sentence.
func (w *Writer) join(parts []string) string {
	if len(parts) == 1 {
		return parts[0]
	}
	last := parts[len(parts)-1]
	head := strings.Join(parts[:len(parts)-1], ", ")
	switch pick := w.rng.IntN(20); {
	case pick < 11:
		return head + " and " + last
	case pick < 13:
		return head + ", and " + last
	case pick < 14:
		return head + " as well as " + last
	case pick < 15:
		return head + " or " + last
	case pick < 16:
		return strings.Join(parts, " / ")
	case pick < 18:
		return strings.Join(parts, ", ")
	}
	return strings.Join(parts, "; ")
}

// joinTags joins names into a row of tags.
func (w *Writer) joinTags(parts []string) string {
	joints := []string{", ", ", ", " ", " ", " / ", " | ", " - ", "; ", " • ", " + ", " , "}
	text := strings.Join(parts, joints[w.rng.IntN(len(joints))])
	if w.chance(35) {
		return strings.ToLower(text)
	}
	return text
}
