package evaluate

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// parsePythonList reads a Python list of string literals such as ['C#', "bachelor's degree"], as in SkillSkape's files.
// It does not read numbers, nested lists, prefixes, implicit concatenation, triple quotes or \N{...} names.
func parsePythonList(text string) ([]string, error) {
	p := pythonList{text: text}
	items, err := p.list()
	if err != nil {
		return nil, fmt.Errorf("python list, byte %d: %w", p.at, err)
	}
	return items, nil
}

type pythonList struct {
	text string
	at   int
}

func (p *pythonList) list() ([]string, error) {
	if !p.take('[') {
		return nil, errors.New("want [")
	}
	items := []string{}
	for !p.take(']') {
		item, err := p.literal()
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		if p.take(',') { // a comma may also come before the closing bracket
			continue
		}
		if p.take(']') {
			break
		}
		return nil, errors.New("want , or ]")
	}
	if p.space(); p.at < len(p.text) {
		return nil, errors.New("text after the list")
	}
	return items, nil
}

func (p *pythonList) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// take skips white space, and then c if it is next.
func (p *pythonList) take(c byte) bool {
	p.space()
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *pythonList) literal() (string, error) {
	p.space()
	if p.at >= len(p.text) || (p.text[p.at] != '\'' && p.text[p.at] != '"') {
		return "", errors.New("want a string in quotes")
	}
	quote := p.text[p.at]
	p.at++
	var out strings.Builder
	for p.at < len(p.text) {
		switch c := p.text[p.at]; c {
		case quote:
			p.at++
			return out.String(), nil
		case '\n', '\r':
			return "", errors.New("line break inside a string")
		case '\\':
			if err := p.escape(&out); err != nil {
				return "", err
			}
		default:
			out.WriteByte(c)
			p.at++
		}
	}
	return "", errors.New("string without a closing quote")
}

var pythonEscapes = map[byte]byte{
	'\\': '\\', '\'': '\'', '"': '"', 'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v',
}

// escape reads an escape sequence. As in Python, an unknown one stands for itself, backslash included.
func (p *pythonList) escape(out *strings.Builder) error {
	rest := p.text[p.at+1:]
	if rest == "" {
		return errors.New("string ends in a backslash")
	}
	c := rest[0]
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
	switch plain, ok := pythonEscapes[c]; {
	case ok:
		out.WriteByte(plain)
		p.at += 2
	case digits > 0:
		if len(rest) < 1+digits {
			return fmt.Errorf("\\%c wants %d hexadecimal digits", c, digits)
		}
		code, err := strconv.ParseUint(rest[1:1+digits], 16, 32)
		if err != nil || code > utf8.MaxRune || !utf8.ValidRune(rune(code)) {
			return fmt.Errorf("\\%s is not a character", rest[:1+digits])
		}
		out.WriteRune(rune(code))
		p.at += 2 + digits
	case c >= '0' && c <= '7':
		end := 1
		for end < 3 && end < len(rest) && rest[end] >= '0' && rest[end] <= '7' {
			end++
		}
		code, _ := strconv.ParseUint(rest[:end], 8, 16) // at most 0o777: cannot fail
		out.WriteRune(rune(code))
		p.at += 1 + end
	case c == '\n':
		p.at += 2 // an escaped line break joins the lines
	default:
		out.WriteByte('\\')
		p.at++
	}
	return nil
}
