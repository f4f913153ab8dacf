package english

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"sync"
)

//go:embed phrases/*.txt
var phraseFiles embed.FS

// adPhrases holds the words of ads for one skill. Its ontology entry need not contain them.
type adPhrases struct {
	verbs, nouns, adjectives []string
}

// Phrases holds the words of ads for some skills. Its keys are preferred labels in lower case.
type Phrases map[string]*adPhrases

// LoadPhrases returns the embedded phrases. It reads them once.
var LoadPhrases = sync.OnceValues(func() (Phrases, error) { return readPhrases(phraseFiles, "phrases") })

// Has reports whether there are phrases for the skill with this preferred label.
func (p Phrases) Has(label string) bool { return p[labelKey(label)] != nil }

// labelKey returns the key of a preferred label in the table of phrases.
func labelKey(label string) string { return strings.ToLower(strings.TrimSpace(label)) }

// readPhrases reads every file of a folder. A line "= label | label" begins an entry. Lines that begin with "v ",
// "n " and "a " hold its verb phrases, nouns and adjectives, separated by semicolons. Errors name file and line.
func readPhrases(files fs.FS, dir string) (Phrases, error) {
	names, err := fs.Glob(files, dir+"/*.txt")
	if err != nil {
		return nil, fmt.Errorf("list phrase files: %w", err)
	}
	table := make(Phrases)
	for _, name := range names {
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read phrase file: %w", err)
		}
		if err := readEntries(name, string(body), table); err != nil {
			return nil, err
		}
	}
	return table, nil
}

func readEntries(file, body string, table Phrases) error {
	var current *adPhrases
	n := 0
	for line := range strings.Lines(body) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		kind, rest, _ := strings.Cut(line, " ")
		if kind == "=" {
			current = new(adPhrases)
			for label := range strings.SplitSeq(rest, "|") {
				key := labelKey(label)
				if table[key] != nil {
					return fmt.Errorf("%s:%d: %q has an entry already", file, n, key)
				}
				table[key] = current
			}
			continue
		}
		if current == nil {
			return fmt.Errorf("%s:%d: text before the first label", file, n)
		}
		if err := current.add(kind, rest); err != nil {
			return fmt.Errorf("%s:%d: %w", file, n, err)
		}
	}
	return nil
}

func (p *adPhrases) add(kind, list string) error {
	var to *[]string
	switch kind {
	case "v":
		to = &p.verbs
	case "n":
		to = &p.nouns
	case "a":
		to = &p.adjectives
	default:
		return fmt.Errorf("want a line that begins with =, v, n or a, got %q", kind)
	}
	for phrase := range strings.SplitSeq(list, ";") {
		phrase = strings.TrimSpace(phrase)
		if phrase == "" {
			return fmt.Errorf("an empty phrase")
		}
		*to = append(*to, phrase)
	}
	return nil
}
