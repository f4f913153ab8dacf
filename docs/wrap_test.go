package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// width is what a terminal shows. Tables and code may be wider.
const width = 100

// notYet are pages that their owners are rewriting.
var notYet = []string{
	"docs/evaluation.md", "docs/extending.md", "docs/extraction.md",
	"docs/training.md", "scripts/parity/README.md", "testdata/reference/README.md",
}

func TestProseIsWrapped(t *testing.T) {
	for page, text := range pages(t) {
		if slices.Contains(notYet, page) && *only != page {
			continue
		}
		wrapped, long := wrap(text)
		if long == 0 {
			continue
		}
		if !*update || *only != "" && *only != page {
			t.Errorf("%s has %d lines of prose beyond %d columns: go test ./docs -run TestProseIsWrapped -update -page %s", page, long, width, page)
			continue
		}
		if err := os.WriteFile(filepath.Join(root, page), []byte(wrapped), 0o644); err != nil {
			t.Error(err)
		}
	}
}

var (
	item = regexp.MustCompile(`^(\s*)([-*+]|\d+[.)]) +`)
	// A wrapped line must not begin with one of these: it would become a list, a heading or a table.
	marker   = regexp.MustCompile(`^([-*+]|#+|\d+[.)]|>|\|)$`)
	separate = regexp.MustCompile(`^\s*($|#|\||>|<|` + "```" + `|---|===|\[[^\]]*\]: )`)
)

// wrap returns the page with each paragraph and list item that has a line beyond width wrapped anew, and how many such lines there were.
func wrap(text string) (string, int) {
	var out, paragraph []string
	long := 0
	flush := func() {
		out = append(out, wrapParagraph(paragraph, &long)...)
		paragraph = nil
	}
	code := false
	for line := range strings.SplitSeq(text, "\n") {
		fenced := strings.HasPrefix(strings.TrimSpace(line), "```")
		switch {
		case code || fenced:
			flush()
			out = append(out, line)
			code = code != fenced
		case len(paragraph) == 0 && strings.HasPrefix(line, "    "), separate.MatchString(line):
			flush()
			out = append(out, line)
		default:
			if item.MatchString(line) {
				flush()
			}
			paragraph = append(paragraph, line)
		}
	}
	flush()
	return strings.Join(out, "\n"), long
}

func wrapParagraph(lines []string, long *int) []string {
	before := *long
	for _, line := range lines {
		if utf8.RuneCountInString(line) > width && strings.Contains(strings.TrimSpace(item.ReplaceAllString(line, "")), " ") {
			*long++
		}
	}
	if *long == before {
		return lines
	}
	first := item.FindString(lines[0])
	if first == "" {
		first = lines[0][:len(lines[0])-len(strings.TrimLeft(lines[0], " "))]
	}
	rest := strings.Repeat(" ", utf8.RuneCountInString(first))
	words := strings.Fields(strings.TrimPrefix(strings.Join(lines, " "), first))
	for i := len(words) - 1; i > 0; i-- {
		if marker.MatchString(words[i]) { // stays with the word before it
			words[i-1] += " " + words[i]
			words = slices.Delete(words, i, i+1)
		}
	}
	var out []string
	line := first + words[0]
	for _, word := range words[1:] {
		if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			out = append(out, line)
			line = rest + word
			continue
		}
		line += " " + word
	}
	return append(out, line)
}

func TestWrap(t *testing.T) {
	words := strings.TrimSpace(strings.Repeat("word ", 30))
	want := "- " + strings.TrimSpace(strings.Repeat("word ", 19)) + "\n  " + strings.TrimSpace(strings.Repeat("word ", 11))
	if got, long := wrap("- " + words); got != want || long != 1 {
		t.Errorf("list item: %d long lines, %q", long, got)
	}
	for _, text := range []string{"| " + words + " |", "```\n" + words + "\n```", "# " + words, "short\nlines", "    " + words} {
		if got, long := wrap(text); got != text || long != 0 {
			t.Errorf("%q became %q with %d long lines", text, got, long)
		}
	}
	twice, _ := wrap(words + "\n\n1. " + words)
	if again, long := wrap(twice); again != twice || long != 0 {
		t.Errorf("wrapping what is wrapped: %q with %d long lines", again, long)
	}
}
