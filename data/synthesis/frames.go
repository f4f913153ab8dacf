package synthesis

import (
	"fmt"
	"strings"

	"skillspace/data/synthesis/english"
)

// Most words a mention may have, by the number of skills in the sentence.
var longestMention = [...]int{0, 22, 14, 11, 9}

// frame writes one frame that names all the skills.
func (w *templateWriter) frame(s *sentence, skills []int) error {
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
	s.text, s.shape, s.sources = x.Text, x.Shape, nil
	for _, m := range mentions {
		s.sources = append(s.sources, m.source)
	}
	return nil
}

// mentions names each skill. In some sentences all names are to be short nouns, as in lists of tags.
func (w *templateWriter) mentions(skills []int) []mention {
	longest := longestMention[min(len(skills), len(longestMention)-1)]
	terse := w.chance(14)
	list := make([]mention, len(skills))
	if w.chance(45) && w.traits(skills, list) {
		return list
	}
	for i, skill := range skills {
		n := w.namers[skill]
		ok := false
		if terse || n.kind > field && w.chance(45) {
			list[i], ok = n.pick(w.rng, func(m *mention) bool { return !m.verb && m.words <= shortWords })
		}
		if !ok {
			list[i], ok = n.pick(w.rng, func(m *mention) bool { return m.words <= longest })
		}
		if !ok {
			list[i], _ = n.pick(w.rng, func(*mention) bool { return true })
		}
	}
	return list
}

// traits names each skill by an adjective, if each has one.
func (w *templateWriter) traits(skills []int, list []mention) bool {
	for i, skill := range skills {
		traits := w.namers[skill].traits
		if len(traits) == 0 {
			return false
		}
		list[i] = traits[w.rng.IntN(len(traits))]
	}
	return true
}

// choose picks a rule for the mentions and splits them into the groups that its slots take.
func (w *templateWriter) choose(mentions []mention) (rule string, first, second []mention) {
	if mentions[0].trait {
		return w.traitRule(mentions), mentions, nil
	}
	var verbs, nouns []mention
	short, sort := true, mentions[0].kind
	for _, m := range mentions {
		if m.verb {
			verbs = append(verbs, m)
		} else {
			nouns = append(nouns, m)
		}
		short = short && !m.verb && m.words <= shortWords && m.source != fromExample && (!hasFunctionWord(m.text) || m.kind == soft && !startsWithArticle(m.text))
		if m.kind != sort || m.source == fromClause || m.source == fromExample {
			sort = plain
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

// traitRule picks a rule for traits alone.
func (w *templateWriter) traitRule(mentions []mention) string {
	for _, m := range mentions {
		if strings.Contains(m.text, " ") {
			return "adj_frame"
		}
	}
	return w.either(55, "adj_frame", "attr_frame")
}

// nounRule picks a rule for nouns alone.
func (w *templateWriter) nounRule(short bool, sort kind) string {
	switch {
	case sort == soft && short && w.chance(85):
		return "soft_frame"
	case sort == soft:
		return "soft_any"
	case sort == language && w.chance(70):
		return "language_frame"
	case sort == tool && w.chance(50):
		return "tool_frame"
	case short && w.chance(30):
		return "tag_frame"
	case short && w.chance(35):
		return "short_frame"
	case sort == field:
		return "field_frame"
	case sort > field:
		return "noun_frame"
	}
	return w.either(45, "np_frame", "noun_frame")
}

func (w *templateWriter) either(percent int, a, b string) string {
	if w.chance(percent) {
		return a
	}
	return b
}

// fill joins a group of mentions in the form that a slot asks for.
func (w *templateWriter) fill(slot string, group []mention) (string, error) {
	if len(group) == 0 {
		return "", fmt.Errorf("slot $%s has no skill to take", slot)
	}
	parts := make([]string, len(group))
	for i, m := range group {
		switch slot {
		case "verb":
			parts[i] = m.text
		case "ger", "np":
			parts[i] = m.text
			if m.verb {
				parts[i] = english.Inflect(m.text, english.Ing)
			}
		case "third":
			parts[i] = english.Inflect(m.text, english.Third)
		case "noun", "bare", "tag", "adj", "attr":
			parts[i] = m.text
		default:
			return "", fmt.Errorf("slot $%s is unknown", slot)
		}
		parts[i] = w.reword(parts[i])
		if m.verb && (slot == "noun" || slot == "tag") || !m.verb && (slot == "verb" || slot == "ger" || slot == "third") {
			return "", fmt.Errorf("slot $%s cannot take %q", slot, m.text)
		}
	}
	if slot == "tag" {
		return w.joinTags(parts), nil
	}
	return w.join(parts), nil
}

// join lists phrases inside a sentence.
func (w *templateWriter) join(parts []string) string {
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

// joinTags lists names as a row of tags.
func (w *templateWriter) joinTags(parts []string) string {
	joints := []string{", ", ", ", " ", " ", " / ", " | ", " - ", "; ", " • ", " + ", " , "}
	text := strings.Join(parts, joints[w.rng.IntN(len(joints))])
	if w.chance(35) {
		return strings.ToLower(text)
	}
	return text
}
