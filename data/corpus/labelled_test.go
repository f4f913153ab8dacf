package corpus

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestReadLabelled(t *testing.T) {
	path := file(t, "labelled.jsonl", strings.Join([]string{
		`{"text":"a","label":true}`, `{"text":"b","label":0}`, `{"text":"c","label":"skill"}`, `{"text":"d","label":"none"}`,
		`{"text":"e","skills":["u:a"],"level2":"","writer":"template"}`, `{"text":"f","skills":[]}`,
		`{"idx":1,"tokens":["Bake","bread"],"tags_skill":["B","I"],"tags_knowledge":["O","O"],"source":"house"}`,
		`{"tokens":["know","Go"],"tags_skill":["O","O"],"tags_knowledge":["O","B-Knowledge"]}`,
		`{"tokens":["Hello","."],"tags_skill":["O","O"],"tags_knowledge":["O","O"]}`,
		`{"id":"zh-1","sentences":[{"text":"烤面包","skill":true,"skills":["u:a"]},{"text":"五险一金","skill":false}]}`,
	}, "\n"))
	want := []Labelled{{Text: "a", Skill: true}, {Text: "b", Skill: false}, {Text: "c", Skill: true}, {Text: "d", Skill: false}, {Text: "e", Skill: true}, {Text: "f", Skill: false}, {Text: "Bake bread", Skill: true, Words: []bool{true, true}}, {Text: "know Go", Skill: true, Words: []bool{false, true}},
		{Text: "Hello .", Skill: false, Words: []bool{false, false}}, {Text: "烤面包", Skill: true}, {Text: "五险一金", Skill: false, Before: "烤面包"}}
	got, rejects, err := ReadLabelled(path)
	if err != nil || rejects.Rows != 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %s, %v\nwant %v", got, rejects, err, want)
	}
}

// TestLabelledNeighbours checks that Before is the directly preceding sentence of the same ad. Another ad,
// another kind of row and a rejected row separate two sentences.
func TestLabelledNeighbours(t *testing.T) {
	row := func(idx, source, word string) string {
		return `{"idx":` + idx + `,"tokens":["` + word + `"],"tags_skill":["O"],"source":"` + source + `"}`
	}
	path := file(t, "l.jsonl", strings.Join([]string{
		row("1", "tech", "a"), row("1", "tech", "b"), row("1", "tech", "c"), row("2", "tech", "d"), row("2", "house", "e"), row("2", "house", "f"),
		`{"tokens":["g"],"tags_skill":["O"]}`, row("2", "house", "h"), `{"idx":2,"tokens":["i"],"source":"house"}`, row("2", "house", "j"), row("2", "house", "k"),
		row("2", "house", "\xff"), row("2", "house", "l"), row("2", "house", "m"), row("null", "house", "n"), row("null", "house", "o"),
	}, "\n"))
	got, rejects, err := ReadLabelled(path)
	if err != nil || rejects.Rows != 2 {
		t.Fatalf("%s, %v", rejects, err)
	}
	before := map[string]string{"b": "a", "c": "b", "f": "e", "k": "j", "m": "l"}
	for _, l := range got {
		if l.Before != before[l.Text] {
			t.Errorf("before %q: %q, want %q", l.Text, l.Before, before[l.Text])
		}
	}
}

func TestReadLabelledCSV(t *testing.T) {
	want := []Labelled{{Text: "a", Skill: true}, {Text: "b, c", Skill: false}}
	for _, text := range []string{"text,label\na,1\n\"b, c\",0\n", "label,text\nTrue,a\nfalse,\"b, c\"\n", "id,text,skills\n1,a,u:a\n2,\"b, c\",\n"} {
		got, rejects, err := ReadLabelled(file(t, "l.csv", text))
		if err != nil || rejects.Rows != 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %v, %s, %v", text, got, rejects, err)
		}
	}
}

func TestLabelledRejects(t *testing.T) {
	for _, c := range []struct{ name, row, want string }{
		{"l.jsonl", `{"text":"x"}`, `:2: "text" without "label" or "skills"`},
		{"l.jsonl", `{}`, ":2: none of the keys"},
		{"l.jsonl", `{"text":"x","label":"maybe"}`, `:2: label "maybe": want true or false`},
		{"l.jsonl", `{"text":"x","label":null}`, `:2: label "null"`},
		{"l.jsonl", `{"text":"  ","label":1}`, ":2: the text is empty"},
		{"l.jsonl", `{"tokens":["a"]}`, `:2: "tokens" without`},
		{"l.jsonl", `{"tokens":["a","b"],"tags_skill":["O"]}`, `:2: "tags_skill" has 1 tags for 2 tokens`},
		{"l.jsonl", `{"tokens":["a"],"tags_skill":["X"]}`, `:2: "tags_skill" has the tag "X"`},
		{"l.jsonl", `{"tokens":[],"tags_skill":[]}`, ":2: the text is empty"},
		{"l.jsonl", `{"sentences":[]}`, `:2: "sentences" is empty`},
		{"l.jsonl", `{"sentences":[{"text":"x"}]}`, `:2: sentence 1 has no "skill"`},
		{"l.jsonl", `{"sentences":[{"text":"x","skill":true},{"text":"","skill":true}]}`, ":2: sentence 2: the text is empty"},
		{"l.csv", "x,2", `:3: label "2": want`},
		{"l.csv", "x", ":3: neither a label nor skills"},
	} {
		head, good := "", `{"text":"good","label":1}`+"\n"
		if c.name == "l.csv" {
			head, good = "text,label\n", "good,1\n"
		}
		got, rejects, err := ReadLabelled(file(t, c.name, head+good+c.row+"\n"+good))
		if err != nil || len(got) != 2 || rejects.Rows != 1 || !strings.Contains(rejects.Named[0], c.name+c.want) {
			t.Errorf("%s: %v, %s, %v\nwant %s", c.row, got, rejects, err, c.want)
		}
	}
}

func TestLabelledErrors(t *testing.T) {
	for name, text := range map[string]string{"l.jsonl": "[\n", "l.csv": "sentence\nx\n", "empty.jsonl": ""} {
		if _, _, err := ReadLabelled(file(t, name, text)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSentencesOfAnAd(t *testing.T) {
	if got := InOrder([]string{"a", "b", "c"}); !slices.Equal(got, []Sentence{{"a", ""}, {"b", "a"}, {"c", "b"}}) {
		t.Errorf("in order: %v", got)
	}
	if got := Alone("a", "b"); !slices.Equal(got, []Sentence{{"a", ""}, {"b", ""}}) {
		t.Errorf("alone: %v", got)
	}
	if got := InOrder(nil); len(got) != 0 {
		t.Errorf("no ad: %v", got)
	}
}
