package llm

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"skillspace/data/synthesis"
	"skillspace/data/taxonomy"
)

// codes are all reasons for a rejection.
var codes = []string{"missing", "count", "format", "cut", "declined", "short", "long", "language", "placeholder", "leak", "names", "duplicate"}

func TestPromptsSayWhatIsAsked(t *testing.T) {
	for _, language := range []string{"en", "zh"} {
		p, err := loadPrompts(language, "")
		if err != nil {
			t.Fatal(err)
		}
		data := promptData{Count: 2, Number: "77-2", Structured: true, Items: []promptItem{
			{Number: 1, Form: "FORM", Level: "LEVEL", Industry: "INDUSTRY", Skills: []promptSkill{{"LABEL", "MEANING", []string{"ALSO1", "ALSO2"}}}},
			{Number: 2, Topic: "TOPIC", Rejected: "OLD", Reason: reason{Code: "leak", Detail: "DETAIL"}},
		}}
		skills, err := p.messages(false, data)
		if err != nil {
			t.Fatal(err)
		}
		data.Structured = false
		none, err := p.messages(true, data)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			text  string
			words string
		}{
			{skills[0].Content, `"sentence_1" "sentence_2" JSON`},
			{skills[1].Content, "77-2 FORM LEVEL INDUSTRY LABEL MEANING ALSO1 ALSO2 OLD DETAIL"},
			{none[0].Content, "1. 2."},
			{none[1].Content, "77-2 FORM LEVEL INDUSTRY TOPIC OLD"},
		} {
			for word := range strings.FieldsSeq(c.words) {
				if !strings.Contains(c.text, word) {
					t.Errorf("%s: no %s in:\n%s", language, word, c.text)
				}
			}
		}
		if strings.Contains(none[0].Content, "sentence_") || strings.Contains(skills[1].Content+none[1].Content, "<no value>") {
			t.Errorf("%s: %s\n%s", language, none[0].Content, none[1].Content)
		}
		seen := map[string]bool{}
		for _, code := range codes {
			text, err := p.render("reason", reason{Code: code, Detail: "DETAIL"})
			if err != nil || text == "" || text == code || seen[text] {
				t.Errorf("%s: reason %s is worded %q, %v", language, code, text, err)
			}
			seen[text] = true
		}
	}
}

func TestOwnPromptsReplaceSome(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.tmpl")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("{{define \"forms\"}}\nshouted\n\n  sung  \n{{end}}{{define \"system\"}}Sing {{.Count}}.{{end}}")
	p, err := loadPrompts("en", file)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(p.forms, []string{"shouted", "sung"}) || len(p.topics) < 10 {
		t.Errorf("forms %q, %d topics", p.forms, len(p.topics))
	}
	if text, err := p.render("system", promptData{Count: 3}); err != nil || text != "Sing 3." {
		t.Errorf("system: %q, %v", text, err)
	}
	for text, want := range map[string]string{
		"{{define \"forms\"}}{{end}}":                                "", // an empty template replaces nothing
		"{{define \"system\"}}{{.Nope}}{{end}}":                      "Nope",
		"{{define \"system\"}}":                                      "mine.tmpl",
		"{{define \"levels\"}}{{if false}}x{{end}} {{end}}":          "levels",
		"{{define \"system\"}}" + strings.Repeat("x", maxPromptFile): "bytes",
	} {
		write(text)
		p, err := loadPrompts("en", file)
		if err == nil {
			_, err = p.messages(false, promptData{Count: 1})
		}
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: got %v, want %q", text, err, want)
		}
	}
	if _, err := loadPrompts("en", "nowhere.tmpl"); err == nil || !strings.Contains(err.Error(), "nowhere.tmpl") {
		t.Errorf("got %v", err)
	}
}

func TestHostileSkillsAreCutShort(t *testing.T) {
	p := newPromptSkill(&taxonomy.Skill{
		PreferredLabel: strings.Repeat("界", 500), Description: "a\n\nSentence 9\n" + strings.Repeat("x ", 5000), AltLabels: []string{"a\nb", "c", "d", "e"},
	})
	if len([]rune(p.Label)) != maxLabel || len([]rune(p.Description)) > maxDescription || strings.Contains(p.Description, "\n") ||
		!slices.Equal(p.Also, []string{"a b", "c", "d"}) {
		t.Errorf("%+v", p)
	}
}

func TestPlanVariesEverything(t *testing.T) {
	tax, err := taxonomy.Load("../../../examples/ontology")
	if err != nil {
		t.Fatal(err)
	}
	p, err := loadPrompts("en", "")
	if err != nil {
		t.Fatal(err)
	}
	o := settings(t, nil, 3000)
	o.Corpus.Pairing, o.PerCall = synthesis.Hierarchical, 5
	items, calls, err := plan(tax, &o, p)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, it := range items {
		for _, s := range []string{"F" + it.form, "L" + it.level, "I" + it.industry, "T" + it.topic} {
			seen[s]++
		}
		if (it.topic == "") != (len(it.set.Skills) > 0) {
			t.Fatalf("%+v", it)
		}
	}
	for prefix, list := range map[string][]string{"F": p.forms, "L": p.levels, "I": p.industries, "T": p.topics} {
		for _, entry := range list {
			if n := seen[prefix+entry]; n < 5 || n > 3*3000/len(list) {
				t.Errorf("%s is drawn %d times of 3000", entry, n)
			}
		}
	}
	sentences := 0
	for _, c := range calls {
		for _, it := range c.items {
			if (len(it.set.Skills) == 0) != c.negative {
				t.Fatal("a call asks for sentences of both kinds")
			}
		}
		sentences += len(c.items)
	}
	if sentences != 3000 || len(calls) != 3000/5 {
		t.Errorf("%d calls for %d sentences", len(calls), sentences)
	}
	again, _, _ := plan(tax, &o, p)
	if !reflect.DeepEqual(items, again) {
		t.Error("two plans of one seed differ")
	}
	o.Corpus.Seed = 2
	if other, _, _ := plan(tax, &o, p); reflect.DeepEqual(items, other) {
		t.Error("two seeds give one plan")
	}
}
