package evaluate

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestTechHouse(t *testing.T) {
	path := writeFile(t, "house.csv", "\ufeffsentence,span,sub_span,label\r\n"+
		"\"we solve problems , daily\",solve problems,,solve problems\r\n"+
		"java developer,java,,Java (computer programming)\n"+
		"java developer,java,,Java (computer programming)\n"+
		"java developer,c#,,C#\n"+
		"java developer,reactjs,,LABEL NOT PRESENT\n"+
		"you are smart,smart,,UNDERSPECIFIED\n"+
		"\"we solve problems , daily\",x,,fly kites\n"+
		"too short\n"+
		"bad \"quote,x,,C#\n"+
		",x,,C#\n"+
		"bad \xff byte,x,,C#\n")
	b, err := LoadBenchmark(path, sampleTaxonomy(t), Sentence)
	if err != nil {
		t.Fatal(err)
	}
	want := []Query{
		{ID: "line 2", Text: "we solve problems , daily", Gold: []int{0}},
		{ID: "line 3", Text: "java developer", Gold: []int{1, 2}},
	}
	if !reflect.DeepEqual(b.Queries, want) {
		t.Errorf("queries %+v, want %+v", b.Queries, want)
	}
	if b.Name != "house" || b.Format != formatTechHouse || b.Skills != 6 || b.WithoutGold != 1 || b.Placeholder != 2 {
		t.Errorf("benchmark %+v", b)
	}
	if !slices.Equal(b.Unknown, []LabelCount{{"fly kites", 1}}) {
		t.Errorf("unknown %v", b.Unknown)
	}
	if b.Rejects.Rows != 4 || !strings.Contains(b.Rejects.Named[0], "house.csv:9: 1 columns") {
		t.Errorf("rejects %v", b.Rejects)
	}
	notes := strings.Join(b.Notes(), "\n")
	for _, part := range []string{"1 text without a gold skill", `1 label unknown to the taxonomy (1 time): "fly kites"`, "4 bad rows left out"} {
		if !strings.Contains(notes, part) {
			t.Errorf("notes lack %q:\n%s", part, notes)
		}
	}
}

func TestSkillSkape(t *testing.T) {
	path := writeFile(t, "any.name", ",sentence,skills\n"+
		"0,Uses a popular language.,\"['C#', 'Java (computer programming)']\"\n"+
		"1,Nice office.,['UNK']\n"+
		"2,Paper.,\"[\"\"bachelor's paperwork\"\"]\"\n"+
		"3,Broken.,['C#'\n"+
		"4,Nice office.,['NO_LABEL']\n"+
		"5,Paper.,['C#']\n")
	b, err := LoadBenchmark(path, sampleTaxonomy(t), Sentence)
	if err != nil {
		t.Fatal(err)
	}
	want := []Query{
		{ID: "line 2", Text: "Uses a popular language.", Gold: []int{1, 2}},
		{ID: "line 4", Text: "Paper.", Gold: []int{2, 4}},
	}
	if !reflect.DeepEqual(b.Queries, want) {
		t.Errorf("queries %+v, want %+v", b.Queries, want)
	}
	if b.WithoutGold != 1 || b.Merged != 2 || b.Placeholder != 2 || b.Rejects.Rows != 1 || !strings.Contains(b.Rejects.Named[0], ":5: column skills: python list") {
		t.Errorf("benchmark %+v, rejects %v", b, b.Rejects)
	}
}

const sampleAds = `{"id":"ad-1","sentences":[
{"text":"We are big.","skill":false,"skills":[]},
{"text":"Bake bread and C#","skills":["http://example.org/skill/3"],"alternates":{"http://example.org/skill/2":"http://example.org/skill/3"}}]}

{"id":"ad-2","sentences":[{"text":"sheets","skills":["http://example.org/skill/5"],"alternates":{"http://example.org/skill/5":["http://example.org/skill/0"]}}]}
{"id":"ad-3","sentences":[{"text":"pay","skills":[]}]}
{"id":"ad-4","sentences":[{"text":" "}]}
{"id":"ad-5"}
{"sentences":[{"text":"gone","skills":["http://example.org/skill/99"]}]}
not json
`

// adLines joins the records that are broken over lines for reading.
func adLines() string {
	return strings.NewReplacer("[\n", "[", "},\n", "},").Replace(sampleAds)
}

func TestAdsAtSentenceLevel(t *testing.T) {
	b, err := LoadBenchmark(writeFile(t, "ads.jsonl", adLines()), sampleTaxonomy(t), Sentence)
	if err != nil {
		t.Fatal(err)
	}
	want := []Query{
		{ID: "ad-1#2", Text: "Bake bread and C#", Before: "We are big.", Gold: []int{2, 3}},
		{ID: "ad-2#1", Text: "sheets", Gold: []int{0, 5}},
	}
	if !reflect.DeepEqual(b.Queries, want) {
		t.Errorf("queries %+v, want %+v", b.Queries, want)
	}
	if b.WithoutGold != 3 || b.Rejects.Rows != 3 || len(b.Unknown) != 1 {
		t.Errorf("benchmark %+v, rejects %v", b, b.Rejects)
	}
}

func TestAdsAtAdLevel(t *testing.T) {
	b, err := LoadBenchmark(writeFile(t, "ads.jsonl", adLines()), sampleTaxonomy(t), Ad)
	if err != nil {
		t.Fatal(err)
	}
	want := []Query{
		{ID: "ad-1", Text: "We are big.\nBake bread and C#", Parts: []string{"We are big.", "Bake bread and C#"}, PartGold: [][]int{nil, {2, 3}}, Gold: []int{2, 3}},
		{ID: "ad-2", Text: "sheets", Parts: []string{"sheets"}, PartGold: [][]int{{0, 5}}, Gold: []int{0, 5}},
	}
	if !reflect.DeepEqual(b.Queries, want) {
		t.Errorf("queries %+v, want %+v", b.Queries, want)
	}
}

func TestCorpusBenchmark(t *testing.T) {
	path := writeFile(t, "corpus.jsonl", `{"text":"bake","skills":["http://example.org/skill/3"],"level2":"","writer":"template"}
{"text":"pay","skills":[],"level2":"","writer":"template"}
`)
	b, err := LoadBenchmark(path, sampleTaxonomy(t), Sentence)
	if err != nil {
		t.Fatal(err)
	}
	if want := []Query{{ID: "example 1", Text: "bake", Gold: []int{3}}}; !reflect.DeepEqual(b.Queries, want) || b.WithoutGold != 1 {
		t.Errorf("queries %+v, %d without gold", b.Queries, b.WithoutGold)
	}
}

func TestLoadBenchmarkErrors(t *testing.T) {
	cases := []struct {
		name, content string
		level         Level
		want          string
	}{
		{"empty", "", Sentence, "empty"},
		{"columns", "a,b\n1,2\n", Sentence, "unknown CSV columns"},
		{"skillspan", `{"tokens":["a"],"tags_skill":["O"],"tags_knowledge":["O"]}`, Sentence, "SkillSpan"},
		{"keys", `{"foo":1}`, Sentence, "unknown JSON lines"},
		{"broken", "{nothing", Sentence, "no line is a JSON object"},
		{"quotes", "\"sentence", Sentence, "neither JSON lines nor CSV"},
		{"level", "sentence,label\nx,C#\n", "paragraph", `level "paragraph"`},
		{"ads", "sentence,label\nx,C#\n", Ad, "needs labelled ads"},
		{"gold", "sentence,label\nx,kites\n", Sentence, `no text has a gold skill of the taxonomy (1 text without a gold skill left out; 1 label unknown`},
	}
	tax := sampleTaxonomy(t)
	for _, c := range cases {
		path := writeFile(t, c.name, c.content)
		_, err := LoadBenchmark(path, tax, c.level)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %q and the path", c.name, err, c.want)
		}
	}
	if _, err := LoadBenchmark("nowhere.csv", tax, Sentence); err == nil || !strings.Contains(err.Error(), "nowhere.csv") {
		t.Errorf("missing file: %v", err)
	}
	if _, err := readBounded(writeFile(t, "big", "12345"), 4); err == nil {
		t.Error("a file over the limit: no error")
	}
}

func FuzzBenchmark(f *testing.F) {
	for _, seed := range []string{
		"sentence,span,sub_span,label\nwe bake,bake,,bake bread\n",
		",sentence,skills\n0,we bake,\"['bake bread', 'UNK']\"\n",
		adLines(),
		`{"text":"bake","skills":["http://example.org/skill/3"]}`,
		"sentence,label\n\"open",
		"{\"sentences\":null}\n{\"sentences\":[{\"text\":\"\xff\"}]}",
	} {
		f.Add([]byte(seed))
	}
	tax := sampleTaxonomy(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		format, err := detect(data)
		if err != nil || format == formatCorpus { // a corpus is read by data/corpus
			return
		}
		for _, level := range []Level{Sentence, Ad} {
			b := newBuilder("fuzz", format, level, tax)
			switch format {
			case formatTechHouse:
				err = b.readTechHouse(data)
			case formatSkillSkape:
				err = b.readSkillSkape(data)
			default:
				b.readAds(data)
			}
			if err != nil {
				continue
			}
			for _, q := range b.finish().Queries {
				if q.Text == "" || len(q.Gold) == 0 || !slices.IsSorted(q.Gold) {
					t.Fatalf("query %+v", q)
				}
			}
		}
	})
}
