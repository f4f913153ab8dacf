package render

import (
	"bytes"
	"encoding/csv"
	"errors"
	"strings"
	"testing"

	"skillspace/data/jobad"
	"skillspace/data/taxonomy"
	"skillspace/extract"
	"skillspace/index"
)

// groupedAd names the first skill twice and the second once, behind a character of two bytes.
func groupedAd() Result {
	text := "Für uns: You drive. You speak. Pay."
	at := func(sentence string, kept bool, matches ...index.Match) extract.Found {
		start := strings.Index(text, sentence)
		return extract.Found{Sentence: jobad.Segment{Text: sentence, Clean: sentence, Start: start, End: start + len(sentence)}, Kept: kept, Skills: matches}
	}
	return Result{File: "ads.csv", Ad: "ad-1", Text: text, Skills: skills, Found: []extract.Found{
		at("You drive.", true, index.Match{Skill: 0, Score: 0.5}), at("You speak.", true, index.Match{Skill: 0, Score: 0.75, Label: "speak"}, index.Match{Skill: 1, Score: 0.625}), at("Pay.", false),
	}}
}

var groups = [][]taxonomy.Group{{{URI: "g:1", Label: "vehicles", Level: 1}, {URI: "g:2", Label: "road", Level: 2}, {URI: "g:3", Label: "rail", Level: 2}}, nil}

func TestByAd(t *testing.T) {
	var out bytes.Buffer
	if err := NewJSONLines(&out, Options{ByAd: true, Groups: groups}).Write(groupedAd()); err != nil {
		t.Fatal(err)
	}
	want := `{"file":"ads.csv","ad":"ad-1","sentences":3,"kept":2,"skills":[{"uri":"u:0","label":"drive trucks","score":0.75,` +
		`"groups":[{"level":1,"uri":"g:1","label":"vehicles"},{"level":2,"uri":"g:2","label":"road"},{"level":2,"uri":"g:3","label":"rail"}],` +
		`"mentions":[{"sentence":"You drive.","start":9,"end":19,"score":0.5},{"sentence":"You speak.","start":20,"end":30,"score":0.75,"why":"label \"speak\""}]},` +
		`{"uri":"u:1","label":"speak <German> & Dutch","score":0.625,"groups":[],"mentions":[{"sentence":"You speak.","start":20,"end":30,"score":0.625}]}]}` + "\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
	record := Options{ByAd: true, Bytes: true}.AdRecord(groupedAd())
	if record.Skills[0].Mentions[1].Start != 21 || record.Skills[0].Groups == nil {
		t.Errorf("in bytes: %+v", record)
	}
}

func TestCSV(t *testing.T) {
	for name, c := range map[string]struct {
		o    Options
		want []string
	}{
		"sentences": {Options{}, []string{
			"file|ad|sentence|clean|start|end|part|cut|kept|filter_score|uri|label|score|why", "ads.csv|ad-1|You drive.||9|19|0|false|true||u:0|drive trucks|0.5|",
			"ads.csv|ad-1|You speak.||20|30|0|false|true||u:0|drive trucks|0.75|label \"speak\"", "ads.csv|ad-1|You speak.||20|30|0|false|true||u:1|speak <German> & Dutch|0.625|",
			"ads.csv|ad-1|Pay.||31|35|0|false|false|||||", "ads.csv|ad-2|Pay.||31|35|0|false|false|||||",
		}},
		"ads": {Options{ByAd: true, Groups: groups}, []string{
			"file|ad|uri|label|score|level_1|level_2|level_3|level_1_uri|level_2_uri|level_3_uri|mentions",
			`ads.csv|ad-1|u:0|drive trucks|0.75|vehicles|road / rail||g:1|g:2 / g:3||[{"sentence":"You drive.","start":9,"end":19,"score":0.5},{"sentence":"You speak.","start":20,"end":30,"score":0.75,"why":"label \"speak\""}]`,
			`ads.csv|ad-1|u:1|speak <German> & Dutch|0.625|||||||[{"sentence":"You speak.","start":20,"end":30,"score":0.625}]`, "ads.csv|ad-2||||||||||[]",
		}},
	} {
		var out bytes.Buffer
		w := NewCSV(&out, c.o)
		without := groupedAd()
		without.Ad, without.Found = "ad-2", without.Found[2:]
		if err := errors.Join(w.Write(groupedAd()), w.Write(without)); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			if got := strings.ReplaceAll(strings.Join(row, "|"), " | ", " / "); i >= len(c.want) || got != c.want[i] {
				t.Errorf("%s, row %d: %s", name, i, got)
			}
		}
	}
}

func TestPipeWritesOneLineAnAd(t *testing.T) {
	var out bytes.Buffer
	w := NewPipe(&out, Options{})
	r := groupedAd()
	r.Found = r.Found[2:]
	if err := errors.Join(w.Write(r), w.Fail("7", errors.New("the line\nis blank")), NewPipe(&out, Options{ByAd: true}).Write(r)); err != nil {
		t.Fatal(err)
	}
	want := `{"ad":"ad-1","sentences":[{"sentence":"Pay.","start":31,"end":35,"kept":false,"skills":[]}]}` + "\n" +
		`{"ad":"7","error":"the line\nis blank"}` + "\n" + `{"ad":"ad-1","sentences":1,"kept":0,"skills":[]}` + "\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}
