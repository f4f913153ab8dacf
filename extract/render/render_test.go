package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"skillspace/data/jobad"
	"skillspace/data/taxonomy"
	"skillspace/extract"
	"skillspace/index"
	"skillspace/internal/terminal"
)

var skills = []taxonomy.Skill{{URI: "u:0", PreferredLabel: "drive trucks"}, {URI: "u:1", PreferredLabel: "speak <German> & Dutch"}}

func found(text string, kept bool, matches ...index.Match) extract.Found {
	return extract.Found{Sentence: jobad.Segment{Text: text, Clean: text, Start: 3, End: 3 + len(text)}, Kept: kept, Probability: 0.75, Skills: matches}
}

func result(found ...extract.Found) Result {
	return Result{File: "ads.csv", Ad: "ad-1", Text: strings.Repeat("x", 1000), Found: found, Skills: skills}
}

func TestJSONLines(t *testing.T) {
	var out bytes.Buffer
	r := result(found("You drive.", true, index.Match{Skill: 0, Score: 0.5, Label: "drive <trucks>"}, index.Match{Skill: 1, Score: 0.25}), found("Pay.", false))
	if err := NewJSONLines(&out, Options{Filtered: true}).Write(r); err != nil {
		t.Fatal(err)
	}
	want := `{"file":"ads.csv","ad":"ad-1","sentence":"You drive.","start":3,"end":13,"kept":true,"filter_score":0.75,"skills":[{"uri":"u:0","label":"drive trucks","score":0.5,"why":"label \"drive <trucks>\""},` +
		`{"uri":"u:1","label":"speak <German> & Dutch","score":0.25}]}` + "\n" +
		`{"file":"ads.csv","ad":"ad-1","sentence":"Pay.","start":3,"end":7,"kept":false,"filter_score":0.75,"skills":[]}` + "\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
	out.Reset()
	if err := NewJSONLines(&out, Options{}).Write(result(found("x", true))); err != nil {
		t.Fatal(err)
	}
	var record map[string]any
	if err := json.Unmarshal(out.Bytes(), &record); err != nil {
		t.Fatal(err)
	}
	if _, scored := record["filter_score"]; scored {
		t.Errorf("without a filter there is no score: %s", out.String())
	}
}

// A sentence with markup inside is written as it stands in the ad and as the model read it.
func TestCleanSentence(t *testing.T) {
	f := found("Bake <b>rye</b> &amp; wheat", true)
	f.Sentence.Clean = "Bake rye & wheat"
	records := Options{}.Records(result(f, found("Pay.", true)))
	if records[0].Sentence != f.Sentence.Text || records[0].Clean != "Bake rye & wheat" || records[1].Clean != "" {
		t.Errorf("%+v", records)
	}
	if out := annotate(t, AnnotatedOptions{Columns: 60}, result(f)); !strings.Contains(out, "  Bake rye & wheat\n") {
		t.Errorf("people do not want the markup:\n%s", out)
	}
}

func annotate(t *testing.T, o AnnotatedOptions, r Result) string {
	t.Helper()
	var out bytes.Buffer
	if err := NewAnnotated(&out, o).Write(r); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestAnnotated(t *testing.T) {
	r := result(found("About us", false), found("We start at six.", true),
		found("You drive trucks through the whole of northern Germany and speak with customers.", true, index.Match{Skill: 0, Score: 0.83}, index.Match{Skill: 1, Score: 0.4}),
		found("You drive.", true, index.Match{Skill: 0, Score: 0.5, Label: "driving"}))
	want := `── ad-1 ────────────────────────────────────────────────────

· About us
  We start at six.

  You drive trucks through the whole of northern Germany and
  speak with customers.
     0.83  ████████▎   drive trucks
     0.40  ████        speak <German> & Dutch

  You drive.
     0.50  █████       drive trucks (label "driving")

  3 of 4 sentences kept, 2 skills: drive trucks, speak
  <German> & Dutch
`
	if got := annotate(t, AnnotatedOptions{Columns: 60}, r); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	colored := annotate(t, AnnotatedOptions{Columns: 60, Color: true}, r)
	for _, part := range []string{"\x1b[2mAbout us\x1b[0m", "\x1b[1mYou drive.\x1b[0m", "  We start at six.\n", "\x1b[32m█████     \x1b[0m"} {
		if !strings.Contains(colored, part) {
			t.Errorf("%q is missing in\n%q", part, colored)
		}
	}
}

// A hostile ad must not reach the terminal with its escape sequences.
// Skills below the threshold are shown only where no skill of the ad reaches it, and are marked.
func TestAnnotatedShowsTheNearestBelow(t *testing.T) {
	r := result(found("You drive.", true), found("Nothing.", true))
	r.Found[0].Skills = []index.Match{{Skill: 1, Score: 0.4}, {Skill: 0, Score: 0.3}}
	threshold := float32(0.5)
	o := AnnotatedOptions{Columns: 60, Threshold: &threshold}
	got := annotate(t, o, r)
	before, after, marked := strings.Cut(got, "no skill has a score of 0.50; the nearest below it:")
	if !marked || strings.Contains(before, "0.40") || !strings.Contains(after, "0.40") || !strings.Contains(after, "0.30") || !strings.Contains(before, "0 skills") {
		t.Errorf("got\n%s", got)
	}
	threshold = 0.35
	if got := annotate(t, o, r); strings.Contains(got, "nearest below") || strings.Contains(got, "0.30") || !strings.Contains(got, "1 skill: ") {
		t.Errorf("got\n%s", got)
	}
	if len(r.Found[0].Skills) != 2 {
		t.Error("the result was changed")
	}
	r.Found[0].Skills = nil
	if got := annotate(t, o, r); strings.Contains(got, "nearest below") {
		t.Errorf("got\n%s", got)
	}
}

func TestAnnotatedIsSafe(t *testing.T) {
	r := result(found("a\x1b[2J\x1b]0;own\x07\u009b31m\u202eb\r\n c\x7f", true, index.Match{Skill: 0, Score: float32(7)}))
	r.Ad = "x\x1b[31m\ny"
	r.Skills = []taxonomy.Skill{{PreferredLabel: "label\x1b[0m\n" + strings.Repeat("很", 200)}}
	got := annotate(t, AnnotatedOptions{Columns: 1}, r)
	for _, c := range got {
		if (c < ' ' && c != '\n') || (c >= 0x7f && c < 0xa0) || c == '\u202e' {
			t.Errorf("control character %q in\n%q", c, got)
		}
	}
	for line := range strings.SplitSeq(got, "\n") {
		if terminal.Columns(line) > narrowest {
			t.Errorf("%d columns: %s", terminal.Columns(line), line)
		}
	}
	annotate(t, AnnotatedOptions{}, Result{})
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text    string
		columns int
		want    string
	}{
		{"", 10, ""},
		{"one two three", 7, "one two|three"},
		{"one two three", 8, "one two|three"},
		{"abcdefghijkl mn", 5, "abcde|fghij|kl mn"},
		{"精通Java和数据库。经验", 10, "精通Java和|数据库。经|验"},
		{"e\u0301e\u0301e\u0301e\u0301", 4, "e\u0301e\u0301e\u0301e\u0301"},
	} {
		if got := strings.Join(wrap(c.text, c.columns), "|"); got != c.want {
			t.Errorf("%q in %d columns: %q, want %q", c.text, c.columns, got, c.want)
		}
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteErrors(t *testing.T) {
	for _, w := range []Writer{NewJSONLines(broken{}, Options{}), NewAnnotated(broken{}, AnnotatedOptions{})} {
		if err := w.Write(result(found("x", true))); err == nil || !strings.Contains(err.Error(), "write results: disk full") {
			t.Errorf("%T: %v", w, err)
		}
	}
}

func FuzzAnnotated(f *testing.F) {
	f.Add("You drive.\n\nPay.", 40)
	f.Add("精通Java和数据库。\x1b[2J", 0)
	f.Fuzz(func(t *testing.T, text string, columns int) {
		annotate(t, AnnotatedOptions{Columns: columns}, result(found(text, true), found(text, false)))
		for _, line := range wrap(terminal.Clean(text), 20) {
			if terminal.Columns(line) > 21 { // a combined wide character at the end may stand out
				t.Errorf("%d columns: %q", terminal.Columns(line), line)
			}
		}
	})
}
