package grammar

import (
	"fmt"
	"strings"
)

// parser reads one alternative from left to right.
type parser struct {
	in  string
	pos int
}

// sequence reads nodes up to one of the stop bytes or the end.
func (p *parser) sequence(stops string) ([]node, error) {
	var nodes []node
	start := p.pos
	flush := func() {
		if p.pos > start {
			nodes = append(nodes, node{kind: text, literal: p.in[start:p.pos]})
		}
	}
	for p.pos < len(p.in) {
		c := p.in[p.pos]
		if strings.IndexByte(stops, c) >= 0 {
			break
		}
		var n node
		var err error
		switch {
		case c == '{':
			flush()
			n, err = p.call()
		case c == '[':
			flush()
			n, err = p.choice()
		case c == '$' && p.pos+1 < len(p.in) && isNameByte(p.in[p.pos+1]):
			flush()
			n = p.slot()
		case c == ']' || c == '}':
			return nil, fmt.Errorf("column %d: %q closes nothing", p.pos+1, c)
		default:
			p.pos++
			continue
		}
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
		start = p.pos
	}
	flush()
	return nodes, nil
}

func (p *parser) call() (node, error) {
	end := strings.IndexByte(p.in[p.pos:], '}')
	if end < 2 {
		return node{}, fmt.Errorf("column %d: {rule} is not closed or has no name", p.pos+1)
	}
	name := p.in[p.pos+1 : p.pos+end]
	p.pos += end + 1
	return node{kind: call, literal: name}, nil
}

func (p *parser) choice() (node, error) {
	open := p.pos + 1
	n := node{kind: choice}
	for {
		p.pos++ // past '[' or '|'
		option, err := p.sequence("|]")
		if err != nil {
			return node{}, err
		}
		n.options = append(n.options, option)
		if p.pos >= len(p.in) {
			return node{}, fmt.Errorf("column %d: [choice] is not closed", open)
		}
		if p.in[p.pos] == ']' {
			p.pos++
			return n, nil
		}
	}
}

func (p *parser) slot() node {
	start := p.pos + 1
	p.pos = start
	for p.pos < len(p.in) && isNameByte(p.in[p.pos]) {
		p.pos++
	}
	return node{kind: slot, literal: p.in[start:p.pos]}
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_'
}
