// Package chinese writes Chinese job-ad sentences that name given skills: phrase banks, names of skills, verbs, spacing and punctuation.
// Package data/synthesis draws the skill sets. This package reads embedded files only.
package chinese

import (
	"embed"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"skillspace/data/synthesis/grammar"
	"skillspace/data/synthesis/template"
	"skillspace/data/taxonomy"
)

//go:embed banks/*.txt
var bankFiles embed.FS

// banks returns the embedded Chinese phrase banks, parsed once.
var banks = sync.OnceValues(func() (*grammar.Grammar, error) { return grammar.Parse(bankFiles, "banks") })

// leastHan is the minimum share of labels with a Chinese character that a Chinese corpus requires.
const leastHan = 0.5

// Writer writes sentences from the Chinese phrase banks.
type Writer struct {
	grammar *grammar.Grammar
	rng     *rand.Rand
	namers  []*namer
}

// NewWriter returns a writer for skills with Chinese preferred labels. It is an error if too few labels are Chinese.
func NewWriter(skills []taxonomy.Skill, rng *rand.Rand) (*Writer, error) {
	g, err := banks()
	if err != nil {
		return nil, fmt.Errorf("read the embedded Chinese phrase banks: %w", err)
	}
	w := &Writer{grammar: g, rng: rng, namers: make([]*namer, len(skills))}
	han := 0
	for i := range skills {
		w.namers[i] = newNamer(&skills[i])
		if HasHan(skills[i].PreferredLabel) {
			han++
		}
	}
	if float64(han) < leastHan*float64(len(skills)) {
		return nil, fmt.Errorf("language zh: only %d of %d preferred labels are Chinese; the taxonomy's folder needs them in a file such as skills_zh.csv", han, len(skills))
	}
	return w, nil
}

func (w *Writer) chance(percent int) bool { return w.rng.IntN(100) < percent }

func (w *Writer) expand(rule string) (grammar.Expansion, error) {
	return w.grammar.Expand(w.rng, rule, template.NoSlots)
}

// Write writes a sentence that names the skills, or none.
func (w *Writer) Write(skills []int) (s template.Draft, err error) {
	if len(skills) == 0 {
		err = w.negative(&s)
	} else {
		err = w.body(&s, skills)
	}
	s.Text = w.surface(s.Text, len(skills) > 0)
	return s, err
}

// negative writes one sentence that names no skill, or several in a row.
func (w *Writer) negative(s *template.Draft) error {
	x, err := w.expand("negative")
	s.Text, s.Shape = x.Text, x.Shape
	for more := 30; err == nil && w.chance(more); more /= 2 {
		err = w.add(s, []string{"，", "；", "。", " "}[w.rng.IntN(4)], "negative")
	}
	if err == nil && w.chance(14) {
		err = w.begin(s, "lead_number")
	}
	return err
}

// body writes one or two frames and the text around them.
func (w *Writer) body(s *template.Draft, skills []int) error {
	cut := len(skills)
	if len(skills) > 1 && w.chance(16) {
		cut = 1 + w.rng.IntN(len(skills)-1)
	}
	if err := w.frame(s, skills[:cut]); err != nil {
		return err
	}
	if cut < len(skills) {
		first := *s
		if err := w.frame(s, skills[cut:]); err != nil {
			return err
		}
		s.Text = first.Text + []string{"；", "。", "，", "；"}[w.rng.IntN(4)] + s.Text
		s.Shape, s.Sources = first.Shape*31+s.Shape, append(first.Sources, s.Sources...)
	}
	if w.chance(13) {
		if err := w.add(s, "", "tail"); err != nil {
			return err
		}
	}
	switch pick := w.rng.IntN(100); {
	case pick < 26:
		return w.begin(s, "lead_number")
	case pick < 32 && !strings.Contains(s.Text, "："):
		return w.begin(s, "lead_heading")
	case pick < 37 && !strings.Contains(s.Text, "："):
		return w.begin(s, "lead_context")
	case pick < 41:
		return w.add(s, "；", "neg_basic")
	}
	return nil
}

func (w *Writer) add(s *template.Draft, joint, rule string) error {
	x, err := w.expand(rule)
	s.Text, s.Shape = s.Text+joint+x.Text, s.Shape*31+x.Shape
	return err
}

func (w *Writer) begin(s *template.Draft, rule string) error {
	x, err := w.expand(rule)
	s.Text, s.Shape = x.Text+s.Text, x.Shape*31+s.Shape
	return err
}

// frame writes one frame that names all the skills.
func (w *Writer) frame(s *template.Draft, skills []int) error {
	mentions := w.mentions(skills)
	rule, first, second := w.choose(mentions)
	x, err := w.grammar.Expand(w.rng, rule, func(slot string) (string, error) {
		switch slot {
		case "noun2", "verb2":
			return w.list(second), nil
		case "noun", "verb", "any", "trait":
			return w.list(first), nil
		}
		return "", fmt.Errorf("a slot $%s is not known", slot)
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

// mentions names each skill. In some sentences it uses nouns only, as in lists.
func (w *Writer) mentions(skills []int) []template.Mention {
	longest := longestMention[min(len(skills), len(longestMention)-1)]
	names, list := w.chance(25), make([]template.Mention, len(skills))
	for i, skill := range skills {
		n := w.namers[skill]
		ok := false
		if names {
			list[i], ok = n.by.Pick(w.rng, &sourceWeights, func(m *template.Mention) bool { return !m.Verb && !m.Trait && m.Words <= longest })
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

// choose picks a rule for the mentions and splits them into the groups of the rule's slots.
func (w *Writer) choose(mentions []template.Mention) (rule string, first, second []template.Mention) {
	var verbs, nouns, traits []template.Mention
	sort := mentions[0].Kind
	for _, m := range mentions {
		switch {
		case m.Verb:
			verbs = append(verbs, m)
		case m.Trait:
			traits = append(traits, m)
		default:
			nouns = append(nouns, m)
		}
		if m.Kind != sort {
			sort = template.Plain
		}
	}
	cut := len(mentions)
	if len(mentions) > 1 && w.chance(24) {
		cut = 1 + w.rng.IntN(len(mentions)-1)
	}
	switch pair := cut < len(mentions); {
	case len(traits) == len(mentions):
		return "trait_frame", mentions, nil
	case len(traits) > 0:
		return "any_frame", mentions, nil
	case len(verbs) > 0 && len(nouns) > 0 && w.chance(72):
		return "mixed_frame", verbs, nouns
	case len(verbs) > 0 && len(nouns) > 0:
		return "any_frame", mentions, nil
	case len(verbs) > 0 && isLong(verbs):
		return "clause_frame", mentions, nil
	case len(verbs) > 0 && pair:
		return "verb_pair", mentions[:cut], mentions[cut:]
	case len(verbs) > 0:
		return "verb_frame", mentions, nil
	case pair:
		return "noun_pair", mentions[:cut], mentions[cut:]
	}
	return w.nounRule(mentions, sort), mentions, nil
}

// isLong reports whether a verb phrase continues after a comma. Few frames suit such a phrase.
func isLong(verbs []template.Mention) bool {
	return slices.ContainsFunc(verbs, func(m template.Mention) bool { return strings.Contains(m.Text, "，") })
}

func (w *Writer) nounRule(mentions []template.Mention, sort template.Kind) string {
	switch {
	case sort == template.Language && w.chance(70):
		return "language_frame"
	case sort == template.Tool && w.chance(50):
		return "tool_frame"
	case sort == template.Soft:
		return "short_frame"
	}
	for _, m := range mentions {
		if m.Words > 6 {
			return "noun_frame"
		}
	}
	return []string{"noun_frame", "noun_frame", "short_frame"}[w.rng.IntN(3)]
}

// list joins names as ads do: with list commas, and with 和, 及 or 与 before the last name.
func (w *Writer) list(mentions []template.Mention) string {
	texts := make([]string, len(mentions))
	joint := "、"
	for i, m := range mentions {
		if texts[i] = m.Text; strings.ContainsAny(m.Text, "、，") || m.Verb {
			joint = []string{"，", "；", "，"}[w.rng.IntN(3)]
		}
	}
	if len(texts) == 1 {
		return texts[0]
	}
	if joint == "、" && w.chance(10) {
		joint = []string{"，", "/"}[w.rng.IntN(2)]
	}
	last := joint
	if joint == "、" && w.chance(50) {
		last = []string{"和", "及", "以及", "与", "或"}[w.rng.IntN(5)]
	}
	return strings.Join(texts[:len(texts)-1], joint) + last + texts[len(texts)-1]
}

// surface adds spaces and an end mark, and in a few cases replaces the punctuation by that of an English
// keyboard.
func (w *Writer) surface(text string, skill bool) string {
	text = Tight(text)
	if w.chance(45) {
		text = Spaced(text)
	}
	if !strings.HasSuffix(text, "：") && !strings.ContainsAny(text[max(0, len(text)-3):], "。；！？") {
		switch pick := w.rng.IntN(100); {
		case pick < 32 && skill:
			text += "；"
		case pick < 60:
			text += "。"
		case pick < 64 && !skill:
			text += "！"
		}
	}
	if w.chance(12) {
		text = Halfwidth(text)
	}
	return text
}
