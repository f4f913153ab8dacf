package corpus

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// file writes text to a new file with this name.
func file(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadLines(t *testing.T) {
	path := file(t, "corpus.jsonl", "\ufeff"+`{"text":"Bake bread & <pies>.","skills":["u:a","u:b"],"level2":"g:2","writer":"template"}`+"\r\n\n"+
		`{"text":" 烤面包 ","skills":[],"more":{"x":1}}`)
	got, rejects, err := Read(path)
	want := []Example{
		{"Bake bread & <pies>.", []string{"u:a", "u:b"}, "g:2", "template"},
		{" 烤面包 ", []string{}, "", ""},
	}
	if err != nil || rejects.Rows != 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, %s, %v\nwant %q", got, rejects, err, want)
	}
}

func TestReadCSV(t *testing.T) {
	path := file(t, "corpus.CSV", "\ufeffwriter,skills,text\n,u:a|u:b,Bake bread\nw,\"[\"\"u:a\"\"]\",\"Bake,\nthen cool\"\n,,Hello\n,u:a u:b,x\n")
	got, rejects, err := Read(path)
	want := []Example{
		{Text: "Bake bread", Skills: []string{"u:a", "u:b"}},
		{Text: "Bake,\nthen cool", Skills: []string{"u:a"}, Writer: "w"},
		{Text: "Hello", Skills: []string{}},
		{Text: "x", Skills: []string{"u:a", "u:b"}},
	}
	if err != nil || rejects.Rows != 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, %s, %v\nwant %q", got, rejects, err, want)
	}
}

// TestRejects checks that a bad row is skipped, counted and named, and that the rows around it are read.
func TestRejects(t *testing.T) {
	const good = `{"text":"x","skills":[]}` + "\n"
	for _, c := range []struct{ name, row, want string }{
		{"not JSON", `{"text":`, ":2: not JSON: unexpected end of JSON input"},
		{"two values", good[:len(good)-1] + good[:len(good)-1], ":2: not JSON: invalid character '{'"},
		{"a list", `["x"]`, ":2: a JSON array, want an object"},
		{"null", `null`, `:2: no "text"`},
		{"wrong type", `{"text":5,"skills":[]}`, `:2: key "text": want a string, got a JSON number`},
		{"wrong type inside", `{"text":"x","skills":[5]}`, `:2: key "skills`},
		{"no text", `{"skills":[]}`, `:2: no "text"`},
		{"no skills", `{"text":"x"}`, `:2: no "skills"`},
		{"blank text", `{"text":" \n","skills":[]}`, ":2: the text is empty"},
		{"blank skill", `{"text":"x","skills":["u:a",""]}`, ":2: an empty skill URI"},
		{"not UTF-8", "{\"text\":\"caf\xe9\",\"skills\":[]}", ":2: not UTF-8 text"},
		{"too long", `{"text":"` + strings.Repeat("x", maxLineBytes) + `","skills":[]}`, ":2: line longer than 1048576 bytes"},
		{"deep", strings.Repeat("[", 20000), ":2: not JSON"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, rejects, err := Read(file(t, "c.jsonl", good+c.row+"\n"+good))
			if err != nil || len(got) != 2 || rejects.Rows != 1 || !strings.Contains(rejects.Named[0], "c.jsonl"+c.want) {
				t.Errorf("%d examples, %s, %v\nwant %s", len(got), rejects, err, c.want)
			}
		})
	}
}

func TestRejectsCSV(t *testing.T) {
	for _, c := range []struct{ name, row, want string }{
		{"short row", "x", ":3: the row ends before the column skills"},
		{"blank text", " ,u:a", ":3: the text is empty"},
		{"bad list", `x,"[""u:a"`, ":3: column skills: not JSON"},
		{"stray quote", `x"y,u:a`, ":3: "},
		{"not UTF-8", "caf\xe9,u:a", ":3: not UTF-8 text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, rejects, err := Read(file(t, "c.csv", "text,skills\ngood,u:a\n"+c.row+"\ngood,u:a\n"))
			if err != nil || len(got) != 2 || rejects.Rows != 1 || !strings.Contains(rejects.Named[0], "c.csv"+c.want) {
				t.Errorf("%d examples, %s, %v\nwant %s", len(got), rejects, err, c.want)
			}
		})
	}
}

func TestReadErrors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"c.jsonl", "", "no rows in the file"},
		{"c.jsonl", "\n \n", "no rows in the file"},
		{"c.jsonl", "a\nb\n", "no row can be used (rows: 2); the first: "},
		{"c.csv", "", "empty file, want a header with text, skills"},
		{"c.csv", "sentence,labels\n", "c.csv:1: missing column text, skills; there are sentence, labels"},
		{"c.csv", "text,skills\n", "no rows in the file"},
		{"c.csv", "text,skills\nx,u:a\n\"" + strings.Repeat("open quote\n", 1<<18), "a record longer than 1048576 bytes"},
	} {
		if _, _, err := Read(file(t, c.name, c.text)); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.name) {
			t.Errorf("%.30q: error %v, want %s", c.text, err, c.want)
		}
	}
	if _, _, err := Read(filepath.Join(t.TempDir(), "none.jsonl")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if _, _, err := Read(t.TempDir()); err == nil {
		t.Error("a folder was read")
	}
}

func TestStreamStops(t *testing.T) {
	path := file(t, "c.jsonl", strings.Repeat(`{"text":"x","skills":[]}`+"\n", 100))
	enough := errors.New("enough")
	n := 0
	_, err := Stream(t.Context(), path, func(Example) error {
		if n++; n == 3 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || n != 3 {
		t.Errorf("%v after %d examples", err, n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	n = 0
	_, err = Stream(ctx, path, func(Example) error {
		if n++; n == 5 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || n != 5 {
		t.Errorf("%v after %d examples", err, n)
	}
}

func TestRejectsString(t *testing.T) {
	var r *Rejects
	if got := r.String(); got != "no rows rejected" {
		t.Error(got)
	}
	r = &Rejects{}
	r.Add("a.csv", 7, "no %s", "text")
	if got := r.String(); got != "1 row rejected: a.csv:7: no text" {
		t.Error(got)
	}
	for range 30 {
		r.Add("a.csv", 8, "bad")
	}
	if got := r.String(); r.Rows != 31 || len(r.Named) != maxNamed || !strings.HasPrefix(got, "31 rows rejected\n  a.csv:7: no text\n") || !strings.HasSuffix(got, "\n  and 11 more") {
		t.Error(got)
	}
}
