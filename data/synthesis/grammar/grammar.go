// Package grammar reads a generative grammar from text files and expands it at random into sentences with slots.
// It holds no phrases. The caller decides what fills a slot.
package grammar

import (
	"bufio"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Grammar is a set of named rules, each a list of weighted alternatives. It is read-only after Parse and safe for
// concurrent use.
//
// A file holds rules. A rule begins with a line "= name". Each further line is an alternative:
//
//	# a comment
//	= requirement
//	{quality} knowledge of $noun
//	3| [solid|good|] understanding of $noun
//
// "{name}" expands another rule. "[a|b|]" picks one of the options; the last one here is empty. The caller fills
// "$slot". "~" alone is an empty alternative. "3|" in front triples the weight of an alternative.
type Grammar struct {
	rules map[string]int
	list  []rule
}

type rule struct {
	name         string
	where        string // file:line, for errors
	alternatives []alternative
	total        int // sum of the weights
}

type alternative struct {
	weight int
	nodes  []node
}

type nodeKind uint8

const (
	text   nodeKind = iota // literal
	call                   // another rule, by index
	choice                 // one of the options
	slot                   // filled by the caller
)

type node struct {
	kind    nodeKind
	literal string // text, or the name of a rule or slot
	rule    int
	options [][]node
}

// Parse reads every .txt file of a folder, in name order, and checks that every used rule is defined exactly
// once.
// Errors name file and line.
func Parse(files fs.FS, dir string) (*Grammar, error) {
	names, err := fs.Glob(files, path.Join(dir, "*.txt"))
	if err != nil {
		return nil, fmt.Errorf("list grammar files: %w", err)
	}
	slices.Sort(names)
	g := &Grammar{rules: make(map[string]int)}
	for _, name := range names {
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read grammar file: %w", err)
		}
		if err := g.read(name, string(body)); err != nil {
			return nil, err
		}
	}
	return g, g.link()
}

func (g *Grammar) read(file, body string) error {
	lines := bufio.NewScanner(strings.NewReader(body))
	current := -1
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		where := fmt.Sprintf("%s:%d", file, n)
		switch {
		case line == "" || strings.HasPrefix(line, "# "):
			continue
		case strings.HasPrefix(line, "= "):
			name := strings.TrimSpace(line[2:])
			if old, taken := g.rules[name]; taken {
				return fmt.Errorf("%s: rule %q is already defined at %s", where, name, g.list[old].where)
			}
			current = len(g.list)
			g.rules[name] = current
			g.list = append(g.list, rule{name: name, where: where})
			continue
		case current < 0:
			return fmt.Errorf("%s: text before the first rule", where)
		}
		alt, err := parseAlternative(line)
		if err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
		g.list[current].alternatives = append(g.list[current].alternatives, alt)
		g.list[current].total += alt.weight
	}
	return lines.Err()
}

func parseAlternative(line string) (alternative, error) {
	weight := 1
	if head, rest, ok := strings.Cut(line, "| "); ok {
		if w, err := strconv.Atoi(head); err == nil && w > 0 {
			weight, line = w, rest
		}
	}
	if line == "~" {
		return alternative{weight: weight}, nil
	}
	p := parser{in: line}
	nodes, err := p.sequence("")
	return alternative{weight: weight, nodes: nodes}, err
}

// link resolves the names of rules. It refuses undefined, empty and recursive rules.
func (g *Grammar) link() error {
	for i := range g.list {
		r := &g.list[i]
		if len(r.alternatives) == 0 {
			return fmt.Errorf("%s: rule %q has no alternatives", r.where, r.name)
		}
		for a := range r.alternatives {
			if err := g.resolve(r, r.alternatives[a].nodes); err != nil {
				return err
			}
		}
	}
	state := make([]int8, len(g.list))
	for i := range g.list {
		if err := g.refuseCycle(i, state); err != nil {
			return err
		}
	}
	return nil
}

func (g *Grammar) resolve(r *rule, nodes []node) error {
	for i := range nodes {
		n := &nodes[i]
		switch n.kind {
		case call:
			target, ok := g.rules[n.literal]
			if !ok {
				return fmt.Errorf("%s: rule %q uses {%s}, which is not defined", r.where, r.name, n.literal)
			}
			n.rule = target
		case choice:
			for _, option := range n.options {
				if err := g.resolve(r, option); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// refuseCycle walks the rules depth first. State 1 marks a rule on the current path, 2 a finished one.
func (g *Grammar) refuseCycle(i int, state []int8) error {
	switch state[i] {
	case 1:
		return fmt.Errorf("%s: rule %q expands itself", g.list[i].where, g.list[i].name)
	case 2:
		return nil
	}
	state[i] = 1
	for _, a := range g.list[i].alternatives {
		for _, target := range calls(a.nodes, nil) {
			if err := g.refuseCycle(target, state); err != nil {
				return err
			}
		}
	}
	state[i] = 2
	return nil
}

func calls(nodes []node, to []int) []int {
	for _, n := range nodes {
		switch n.kind {
		case call:
			to = append(to, n.rule)
		case choice:
			for _, option := range n.options {
				to = calls(option, to)
			}
		}
	}
	return to
}

// Has reports whether the grammar defines a rule.
func (g *Grammar) Has(name string) bool {
	_, ok := g.rules[name]
	return ok
}

// Unreached returns the rules that no start rule reaches, in file order.
func (g *Grammar) Unreached(starts ...string) []string {
	seen := make([]bool, len(g.list))
	var walk func(i int)
	walk = func(i int) {
		if seen[i] {
			return
		}
		seen[i] = true
		for _, a := range g.list[i].alternatives {
			for _, target := range calls(a.nodes, nil) {
				walk(target)
			}
		}
	}
	for _, s := range starts {
		if i, ok := g.rules[s]; ok {
			walk(i)
		}
	}
	var left []string
	for i, r := range g.list {
		if !seen[i] {
			left = append(left, r.name)
		}
	}
	return left
}
