package main

import (
	"fmt"
	"slices"
	"strings"
)

// tokenKind is a kind of C++ token.
type tokenKind int

const (
	word      tokenKind = iota // an identifier, a keyword or a number
	text                       // a string or character literal
	sign                       // one character of punctuation
	directive                  // a whole preprocessor line, with its continuations
)

// cppToken is a C++ token, and where it lies in its source.
type cppToken struct {
	kind       tokenKind
	text       string
	start, end int
}

func (t cppToken) is(sign string) bool { return t.kind != text && t.text == sign }

// lexCpp splits C++ into tokens, without comments.
func lexCpp(source string) ([]cppToken, error) {
	var tokens []cppToken
	lineStart := true // only white space and comments since the line began
	for i := 0; i < len(source); {
		start, kind := i, sign
		rest := source[i:]
		switch c := source[i]; {
		case c == '\n':
			lineStart = true
			i++
			continue
		case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
			i++
			continue
		case strings.HasPrefix(rest, "//"):
			i += lineLength(rest)
			continue
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				return nil, fmt.Errorf("line %d: a comment does not end", lineOf(source, i))
			}
			i += 2 + end + 2
			continue
		case c == '#' && lineStart:
			kind = directive
			i += lineLength(rest)
		case rawString(rest) > 0:
			kind = text
			i += rawString(rest)
		case c == '"' || c == '\'':
			n := literalLength(rest)
			if n == 0 {
				return nil, fmt.Errorf("line %d: a literal does not end", lineOf(source, i))
			}
			kind = text
			i += n
		case isWord(c):
			kind = word
			for i < len(source) && (isWord(source[i]) || source[i] == '\'' && isDigit(source[start])) {
				i++
			}
		default:
			i++
		}
		lineStart = false
		tokens = append(tokens, cppToken{kind, source[start:i], start, i})
	}
	return tokens, nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isWord(c byte) bool {
	return c == '_' || isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}

func lineOf(source string, at int) int { return 1 + strings.Count(source[:at], "\n") }

// lineLength returns the bytes up to the end of the line; a backslash at its end continues it.
func lineLength(rest string) int {
	for i := 0; i < len(rest); i++ {
		if rest[i] == '\n' && !strings.HasSuffix(strings.TrimSuffix(rest[:i], "\r"), `\`) {
			return i
		}
	}
	return len(rest)
}

// literalLength returns the length of the quoted literal at the start, 0 if it does not end on its line.
func literalLength(rest string) int {
	for i := 1; i < len(rest) && rest[i] != '\n'; i++ {
		switch rest[i] {
		case '\\':
			i++
		case rest[0]:
			return i + 1
		}
	}
	return 0
}

// rawString returns the length of the raw string literal at the start, 0 if there is none.
func rawString(rest string) int {
	if !strings.HasPrefix(rest, `R"`) {
		return 0
	}
	open := strings.IndexByte(rest, '(')
	if open < 0 {
		return 0
	}
	closing := ")" + rest[2:open] + `"`
	end := strings.Index(rest, closing)
	if end < 0 {
		return 0
	}
	return end + len(closing)
}

// item is one declaration or definition at the top level of a C++ file, or a macro.
type item struct {
	name       string
	definition bool // a function with its body, a type, a variable or a macro
	source     string
	words      []string // the identifiers in it
}

// parseCpp returns the functions, types, variables and macros of a C++ file. The inside of extern "C" { } counts as the top
// level; directives other than #define, and using directives, are dropped.
func parseCpp(source string) ([]item, error) {
	tokens, err := lexCpp(source)
	if err != nil {
		return nil, err
	}
	var items []item
	for i := 0; i < len(tokens); {
		switch t := tokens[i]; {
		case t.kind == directive:
			if m, ok := macro(t.text); ok {
				items = append(items, m)
			}
			i++
		case t.is(";") || t.is("}"): // what is left of extern "C" { }
			i++
		case t.is("extern") && i+2 < len(tokens) && tokens[i+1].kind == text && tokens[i+2].is("{"):
			i += 3
		default:
			end, body, err := itemEnd(tokens, i)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", lineOf(source, t.start), err)
			}
			part := tokens[i:end]
			i = end
			if t.is("using") {
				continue
			}
			parsed := item{name: nameOf(part), definition: body || !isFunction(part), source: source[t.start:part[len(part)-1].end], words: words(part)}
			if parsed.name == "" {
				return nil, fmt.Errorf("line %d: cannot tell what %q declares", lineOf(source, t.start), abbreviate(parsed.source))
			}
			items = append(items, parsed)
		}
	}
	return items, nil
}

// macro parses a #define directive.
func macro(line string) (item, bool) {
	tokens, err := lexCpp(strings.TrimPrefix(line, "#"))
	if err != nil || len(tokens) < 2 || !tokens[0].is("define") {
		return item{}, false
	}
	return item{name: tokens[1].text, definition: true, source: line, words: words(tokens[2:])}, true
}

// itemEnd returns the index behind the declaration or definition that starts at tokens[start], and whether it has a body.
// A function ends with its body, anything else with a semicolon.
func itemEnd(tokens []cppToken, start int) (end int, body bool, err error) {
	var open []string
	for i := start; i < len(tokens); i++ {
		switch t := tokens[i]; {
		case t.kind == directive:
			if len(open) > 0 {
				return 0, false, fmt.Errorf("%q stands inside a declaration", t.text)
			}
		case t.is("("), t.is("["), t.is("{"):
			body = body || t.is("{")
			open = append(open, t.text)
		case t.is(")"), t.is("]"), t.is("}"):
			if len(open) == 0 || open[len(open)-1] != map[string]string{")": "(", "]": "[", "}": "{"}[t.text] {
				return 0, false, fmt.Errorf("a %q too many", t.text)
			}
			open = open[:len(open)-1]
			if t.is("}") && len(open) == 0 && isFunction(tokens[start:i]) {
				return i + 1, true, nil
			}
		case t.is(";") && len(open) == 0:
			return i + 1, body, nil
		}
	}
	return 0, false, fmt.Errorf("a declaration does not end")
}

// isFunction reports whether an item's tokens declare a function rather than a type or a variable.
func isFunction(tokens []cppToken) bool {
	for _, t := range withoutAngles(tokens) {
		switch {
		case t.is("struct"), t.is("class"), t.is("enum"), t.is("union"), t.is("namespace"), t.is("="):
			return false
		case t.is("("):
			return true
		}
	}
	return false
}

// nameOf returns what an item declares: the word before the first parenthesis, or before a body, a value or the end.
func nameOf(tokens []cppToken) string {
	last := ""
	for _, t := range withoutAngles(tokens) {
		switch {
		case t.is("namespace"): // its content is not the top level
			return ""
		case t.is("(") || t.is("{") || t.is("=") || t.is(";") || t.is("["):
			return last
		case t.kind == word:
			last = t.text
		}
	}
	return last
}

// withoutAngles returns the tokens outside of < >, up to the first parenthesis, where the angles may be comparisons.
func withoutAngles(tokens []cppToken) []cppToken {
	var outside []cppToken
	depth, parentheses := 0, 0 // inside the angles
	for _, t := range tokens {
		switch {
		case depth > 0 && t.is("("):
			parentheses++
		case depth > 0 && t.is(")"):
			parentheses--
		case parentheses > 0:
		case t.is("<"):
			depth++
		case t.is(">"):
			depth--
		case depth == 0:
			outside = append(outside, t)
			if t.is("(") {
				return outside
			}
		}
	}
	return outside
}

// words returns the distinct identifiers among tokens.
func words(tokens []cppToken) []string {
	var found []string
	for _, t := range tokens {
		if t.kind == word && !isDigit(t.text[0]) {
			found = append(found, t.text)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func abbreviate(source string) string {
	if len(source) > 60 {
		return source[:60] + "…"
	}
	return source
}
