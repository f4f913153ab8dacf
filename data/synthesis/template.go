package synthesis

import (
	"embed"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"

	"skillspace/data/synthesis/grammar"
	"skillspace/data/taxonomy"
)

//go:embed banks/*.txt
var bankFiles embed.FS

// banks returns the embedded phrase banks, parsed once.
var banks = sync.OnceValues(func() (*grammar.Grammar, error) { return grammar.Parse(bankFiles, "banks") })

// sentence is what the writer wrote, with what the report counts.
type sentence struct {
	text     string
	shape    uint64 // the same for sentences built alike
	sources  []source
	repeated bool // the text was written before
}

// templateWriter writes sentences from the phrase banks.
type templateWriter struct {
	grammar *grammar.Grammar
	rng     *rand.Rand
	namers  []*namer
}

func newTemplateWriter(skills []taxonomy.Skill, ads map[string]*adPhrases, rng *rand.Rand) (*templateWriter, error) {
	g, err := banks()
	if err != nil {
		return nil, fmt.Errorf("read the embedded phrase banks: %w", err)
	}
	w := &templateWriter{grammar: g, rng: rng, namers: make([]*namer, len(skills))}
	for i := range skills {
		w.namers[i] = newNamer(&skills[i], ads)
	}
	dropShared(w.namers)
	return w, nil
}

// chance is true with probability percent/100.
func (w *templateWriter) chance(percent int) bool { return w.rng.IntN(100) < percent }

// write writes a sentence that names the skills, or none.
func (w *templateWriter) write(skills []int) (sentence, error) {
	var s sentence
	write := w.negative
	if len(skills) > 0 {
		write = func(s *sentence) error { return w.body(s, skills) }
	}
	if err := write(&s); err != nil {
		return s, err
	}
	text, err := w.surface(s.text)
	s.text = text
	return s, err
}

func noSlots(slot string) (string, error) {
	return "", fmt.Errorf("a rule without skills has a slot $%s", slot)
}

// negative writes a sentence, or a few run together, that name no skill.
func (w *templateWriter) negative(s *sentence) error {
	x, err := w.grammar.Expand(w.rng, "negative", noSlots)
	if err != nil {
		return err
	}
	s.text, s.shape = x.Text, x.Shape
	for more := 34; w.chance(more); more /= 2 {
		joint := " . "
		if strings.HasSuffix(s.text, "?") || w.chance(20) {
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

// body writes the sentence before its surface is set: one frame or several, with what surrounds them.
func (w *templateWriter) body(s *sentence, skills []int) error {
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
		s.text = first.text + joints[w.rng.IntN(len(joints))] + s.text
		s.shape = first.shape*31 + s.shape
		s.sources = append(first.sources, s.sources...)
		return nil
	}
	if err := w.frame(s, skills); err != nil {
		return err
	}
	return w.surround(s)
}

// surround puts a heading, a bullet or an opening before the sentence and remarks after it.
func (w *templateWriter) surround(s *sentence) error {
	asked := strings.HasSuffix(s.text, "?")
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
	you := strings.HasPrefix(s.text, "You ") || strings.HasPrefix(s.text, "you ")
	switch pick := w.rng.IntN(100); {
	case pick < 22:
		return w.prepend(s, "lead_bullet")
	case pick < 34:
		return w.prepend(s, "lead_heading")
	case pick < 50 && you:
		s.text = "you" + s.text[3:]
		return w.prepend(s, "lead_context")
	case pick < 40:
		return w.prepend(s, w.either(60, "neg_company", "neg_hard"))
	case pick < 43:
		return w.append(s, " . ", w.either(50, "neg_benefit", "neg_process"))
	}
	return nil
}

func (w *templateWriter) prepend(s *sentence, rule string) error {
	x, err := w.grammar.Expand(w.rng, rule, noSlots)
	if err != nil {
		return err
	}
	joint := " "
	if strings.HasPrefix(rule, "neg") && !strings.HasSuffix(x.Text, "?") {
		joint = " . "
	}
	s.text, s.shape = x.Text+joint+s.text, x.Shape*31+s.shape
	return nil
}

func (w *templateWriter) append(s *sentence, joint, rule string) error {
	x, err := w.grammar.Expand(w.rng, rule, noSlots)
	if err != nil {
		return err
	}
	s.text, s.shape = s.text+joint+x.Text, s.shape*31+x.Shape
	return nil
}
