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

// maxPromptFile bounds a prompt file of the user's.
const maxPromptFile = 1 << 20

// prompts are the templates of one language, and the lists that they vary.
type prompts struct {
	templates                                     *template.Template
	forms, plainForms, levels, industries, topics []string
}

// loadPrompts reads the embedded templates of a language and lays those of the file, if any, over them.
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

// promptData is what the templates system, skills and negatives see.
type promptData struct {
	Count      int    // sentences asked for
	Number     string // of the call and the attempt, so that no two questions are the same
	Structured bool   // whether the answer is to be JSON
	Items      []promptItem
}

// promptItem is one sentence asked for.
type promptItem struct {
	Number                       int // from 1
	Skills                       []promptSkill
	Form, Level, Industry, Topic string // Topic for a sentence that names no skill
	Rejected                     string // the sentence that was turned down, "" for none
	Reason                       reason // why
}

// promptSkill is a skill as the model sees it.
type promptSkill struct {
	Label, Description string
	Also               []string // some alternative labels
}

// Bounds of what a prompt tells of a skill.
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

// messages are the two messages of a call.
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
