package llm

import (
	"embed"
	"fmt"
	"os"
	"strings"
	"text/template"

	"skillspace/data/taxonomy"
)

//go:embed prompts/*.tmpl
var promptFiles embed.FS

// maxPromptFile bounds the user's prompt file.
const maxPromptFile = 1 << 20

// prompts are the templates of one language and the lists of variants that they use.
type prompts struct {
	templates                                     *template.Template
	forms, plainForms, levels, industries, topics []string
}

// loadPrompts reads the embedded templates of a language. The templates of the file, if given, replace them.
func loadPrompts(language, file string) (*prompts, error) {
	name := "prompts/" + language + ".tmpl"
	t, err := template.New("").Option("missingkey=error").Funcs(template.FuncMap{"join": strings.Join}).ParseFS(promptFiles, name)
	if err != nil {
		return nil, fmt.Errorf("parse the embedded %s: %w", name, err)
	}
	if file != "" {
		info, err := os.Stat(file)
		if err != nil {
			return nil, fmt.Errorf("read prompts: %w", err)
		}
		if info.Size() > maxPromptFile {
			return nil, fmt.Errorf("read prompts: %s has %d bytes, want at most %d", file, info.Size(), maxPromptFile)
		}
		if t, err = t.ParseFiles(file); err != nil {
			return nil, fmt.Errorf("parse prompts %s: %w", file, err)
		}
	}
	p := &prompts{templates: t}
	for name, to := range map[string]*[]string{
		"forms": &p.forms, "plain_forms": &p.plainForms, "levels": &p.levels, "industries": &p.industries, "topics": &p.topics,
	} {
		text, err := p.render(name, nil)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" {
				*to = append(*to, line)
			}
		}
		if len(*to) == 0 {
			return nil, fmt.Errorf("the prompts' list %q is empty", name)
		}
	}
	return p, nil
}

func (p *prompts) render(name string, data any) (string, error) {
	var out strings.Builder
	if err := p.templates.ExecuteTemplate(&out, name, data); err != nil {
		return "", fmt.Errorf("write the prompt %q: %w", name, err)
	}
	return strings.TrimSpace(out.String()), nil
}

// promptData is the input of the templates system, skills and negatives.
type promptData struct {
	Count      int    // sentences asked for
	Number     string // number of the call and the attempt, so that all questions differ
	Structured bool   // the answer must be JSON
	Items      []promptItem
}

// promptItem is one requested sentence.
type promptItem struct {
	Number                       int // from 1
	Skills                       []promptSkill
	Form, Level, Industry, Topic string // Topic for a sentence that names no skill
	Rejected                     string // the rejected sentence, "" for none
	Reason                       reason // reason of the rejection
}

// promptSkill is a skill as the model sees it.
type promptSkill struct {
	Label, Description string
	Also               []string // some alternative labels
}

// Bounds of a skill's texts in a prompt.
const (
	maxLabel       = 120 // runes
	maxDescription = 300 // runes
	maxAlso        = 3
)

func newPromptSkill(s *taxonomy.Skill) promptSkill {
	p := promptSkill{Label: short(s.PreferredLabel, maxLabel), Description: strings.TrimRight(short(s.Description, maxDescription), ".")}
	for _, label := range s.AltLabels[:min(maxAlso, len(s.AltLabels))] {
		p.Also = append(p.Also, short(label, maxLabel))
	}
	return p
}

// messages returns the two messages of a call.
func (p *prompts) messages(negative bool, data promptData) ([]message, error) {
	name := "skills"
	if negative {
		name = "negatives"
	}
	system, err := p.render("system", data)
	if err != nil {
		return nil, err
	}
	user, err := p.render(name, data)
	if err != nil {
		return nil, err
	}
	return []message{{"system", system}, {"user", user}}, nil
}
