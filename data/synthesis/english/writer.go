// Package english writes English job-ad sentences that name given skills. It holds phrase banks, names of skills
// and the grammar to inflect them. Package data/synthesis draws the skill sets. This package reads embedded files
// only.
package english

import (
	"embed"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"

	"skillspace/data/synthesis/grammar"
	"skillspace/data/synthesis/template"
	"skillspace/data/taxonomy"
)

//go:embed banks/*.txt
var bankFiles embed.FS

// banks returns the embedded phrase banks, parsed once.
var banks = sync.OnceValues(func() (*grammar.Grammar, error) { return grammar.Parse(bankFiles, "banks") })

// Writer writes sentences from the phrase banks.
type Writer struct {
	grammar *grammar.Grammar
	rng     *rand.Rand
	namers  []*namer
}

// NewWriter returns a writer for skills. ads holds additional phrases for mentions of them.
func NewWriter(skills []taxonomy.Skill, ads Phrases, rng *rand.Rand) (*Writer, error) {
	g, err := banks()
	if err != nil {
		return nil, fmt.Errorf("read the embedded phrase banks: %w", err)
	}
	w := &Writer{grammar: g, rng: rng, namers: make([]*namer, len(skills))}
	for i := range skills {
		w.namers[i] = newNamer(&skills[i], ads)
	}
	dropShared(w.namers)
	return w, nil
}

// chance returns true with probability percent/100.
func (w *Writer) chance(percent int) bool { return w.rng.IntN(100) < percent }

// Write writes a sentence that names the skills, or none.
func (w *Writer) Write(skills []int) (template.Draft, error) {
	var s template.Draft
	write := w.negative
	if len(skills) > 0 {
		write = func(s *template.Draft) error { return w.body(s, skills) }
	}
	if err := write(&s); err != nil {
		return s, err
	}
	text, err := w.surface(s.Text)
	s.Text = text
	return s, err
}

// negative writes one sentence that names no skill, or a few in a row.
func (w *Writer) negative(s *template.Draft) error {
	x, err := w.grammar.Expand(w.rng, "negative", template.NoSlots)
	if err != nil {
		return err
	}
	s.Text, s.Shape = x.Text, x.Shape
	for more := 34; w.chance(more); more /= 2 {
		joint := " . "
		if strings.HasSuffix(s.Text, "?") || w.chance(20) {
			joint = " "
		}
		if err := w.append(s, joint, "negative"); err != nil {
			return err
		}
	}
	if w.chance(8) {
		return w.prepend(s, "lead_bullet")
	}
	return nil
}

// body writes the sentence before surface forms it: one or more frames and the text around them.
func (w *Writer) body(s *template.Draft, skills []int) error {
	if len(skills) > 1 && w.chance(14) {
		cut := 1 + w.rng.IntN(len(skills)-1)
		if err := w.body(s, skills[:cut]); err != nil {
			return err
		}
		first := *s
		if err := w.frame(s, skills[cut:]); err != nil {
			return err
		}
		joints := []string{" . ", " ; ", " ", " • ", " , ", " * ", " . "}
		s.Text = first.Text + joints[w.rng.IntN(len(joints))] + s.Text
		s.Shape = first.Shape*31 + s.Shape
		s.Sources = append(first.Sources, s.Sources...)
		return nil
	}
	if err := w.frame(s, skills); err != nil {
		return err
	}
	return w.surround(s)
}

// surround puts a heading, a bullet or an opening before the sentence and remarks after it.
func (w *Writer) surround(s *template.Draft) error {
	asked := strings.HasSuffix(s.Text, "?")
	if !asked && w.chance(16) {
		if err := w.append(s, " ", w.either(45, "tail_short", "tail_purpose")); err != nil {
			return err
		}
	}
	if w.chance(5) {
		joint := " . "
		if asked {
			joint = " "
		}
		if err := w.append(s, joint, "tail_sentence"); err != nil {
			return err
		}
	}
	you := strings.HasPrefix(s.Text, "You ") || strings.HasPrefix(s.Text, "you ")
	switch pick := w.rng.IntN(100); {
	case pick < 22:
		return w.prepend(s, "lead_bullet")
	case pick < 34:
		return w.prepend(s, "lead_heading")
	case pick < 50 && you:
		s.Text = "you" + s.Text[3:]
		return w.prepend(s, "lead_context")
	case pick < 40:
		return w.prepend(s, w.either(60, "neg_company", "neg_hard"))
	case pick < 43:
		return w.append(s, " . ", w.either(50, "neg_benefit", "neg_process"))
	}
	return nil
}

func (w *Writer) prepend(s *template.Draft, rule string) error {
	x, err := w.grammar.Expand(w.rng, rule, template.NoSlots)
	if err != nil {
		return err
	}
	joint := " "
	if strings.HasPrefix(rule, "neg") && !strings.HasSuffix(x.Text, "?") {
		joint = " . "
	}
	s.Text, s.Shape = x.Text+joint+s.Text, x.Shape*31+s.Shape
	return nil
}

func (w *Writer) append(s *template.Draft, joint, rule string) error {
	x, err := w.grammar.Expand(w.rng, rule, template.NoSlots)
	if err != nil {
		return err
	}
	s.Text, s.Shape = s.Text+joint+x.Text, s.Shape*31+x.Shape
	return nil
}
