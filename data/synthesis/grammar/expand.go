package grammar

import (
	"fmt"
	"math/rand/v2"
)

// Expansion is one random expansion: its text, not yet tidied, and its shape. Two expansions that took the same
// alternatives have the same shape, whatever filled their slots.
type Expansion struct {
	Text  string
	Shape uint64
}

// Filler returns the text for a slot.
type Filler func(slot string) (string, error)

// Expand expands a rule at random. fill is called for each slot in reading order; its error ends the expansion.
func (g *Grammar) Expand(rng *rand.Rand, name string, fill Filler) (Expansion, error) {
	i, ok := g.rules[name]
	if !ok {
		return Expansion{}, fmt.Errorf("expand: rule %q is not defined", name)
	}
	e := expander{g: g, rng: rng, fill: fill, shape: 14695981039346656037}
	err := e.rule(i)
	return Expansion{Text: string(e.out), Shape: e.shape}, err
}

type expander struct {
	g     *Grammar
	rng   *rand.Rand
	fill  Filler
	out   []byte
	shape uint64
}

// mark adds a choice to the shape (FNV-1a over the choices' numbers).
func (e *expander) mark(a, b int) {
	e.shape = (e.shape ^ uint64(a)) * 1099511628211
	e.shape = (e.shape ^ uint64(b)) * 1099511628211
}

func (e *expander) rule(i int) error {
	r := &e.g.list[i]
	at, pick := 0, e.rng.IntN(r.total)
	for pick >= r.alternatives[at].weight {
		pick -= r.alternatives[at].weight
		at++
	}
	e.mark(i, at)
	return e.nodes(r.alternatives[at].nodes)
}

func (e *expander) nodes(nodes []node) error {
	for i := range nodes {
		n := &nodes[i]
		switch n.kind {
		case text:
			e.out = append(e.out, n.literal...)
		case call:
			if err := e.rule(n.rule); err != nil {
				return err
			}
		case choice:
			at := e.rng.IntN(len(n.options))
			e.mark(-1, at)
			if err := e.nodes(n.options[at]); err != nil {
				return err
			}
		case slot:
			s, err := e.fill(n.literal)
			if err != nil {
				return err
			}
			e.out = append(e.out, s...)
		}
	}
	return nil
}
