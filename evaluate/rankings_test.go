package evaluate

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const gradedPairs = `sentence,label,grade
We solve problems in Java.,solve problems,3
We solve problems in Java.,Java (computer programming),1
We solve problems in Java.,Java (computer programming),2
We solve problems in Java.,C#,0
We bake.,bake bread,
We bake.,use spreadsheets,none
`

func TestGradesOfPairs(t *testing.T) {
	b, err := LoadBenchmark(writeFile(t, "graded.csv", gradedPairs), sampleTaxonomy(t), Sentence)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Queries) != 2 || !slices.Equal(b.Queries[0].Gold, []int{0, 1}) || !slices.Equal(b.Queries[0].Grades, []float64{3, 2}) || !slices.Equal(b.Queries[1].Grades, []float64{1}) {
		t.Errorf("%+v", b.Queries)
	}
	if notes := strings.Join(b.Notes(), "; "); b.Ungraded != 1 || b.Rejects.Rows != 1 || !strings.Contains(notes, "1 label of grade 0 left out") || !strings.Contains(notes, `"none": want a number`) {
		t.Errorf("%d ungraded: %s", b.Ungraded, notes)
	}
	good := fixed{"good", map[string][]float32{"We solve problems in Java.": {1, 2, 0, 0, 0, 0}, "We bake.": {0, 0, 0, 1, 0, 0}}}
	report, err := RunRanking(t.Context(), []System{good}, b, RunOptions{Columns: []Metric{NDCG5, MAP}})
	if err != nil {
		t.Fatal(err)
	}
	want := ((2+3/math.Log2(3))/(3+2/math.Log2(3)) + 1) / 2
	if got := report.Results[0].Metrics[NDCG5].Value; !near(got, want, 1e-12) {
		t.Errorf("nDCG@5 %v, want %v", got, want)
	}
	var out strings.Builder
	if err := report.Write(&out, Table); err != nil || !strings.Contains(out.String(), "queries  ndcg@5      map") {
		t.Errorf("%v:\n%s", err, out.String())
	}
}

func TestRankingsAreTables(t *testing.T) {
	tax := sampleTaxonomy(t)
	b, err := LoadBenchmark(writeFile(t, "graded.csv", gradedPairs), tax, Sentence)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "rankings")
	r, err := NewRankings(dir, tax.Skills(), 2)
	if err != nil {
		t.Fatal(err)
	}
	no := float32(math.Inf(-1))
	for _, err := range []error{r.Gold(b), r.Add(b, "a/b", 0, []float32{0.25, 2, no, no, 1, no}), r.Add(b, "a/b", 1, []float32{no, no, no, 0.5, no, no}), r.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"graded.gold.tsv": "query\turi\tgrade\nline 2\t" + sampleSkill(0) + "\t3\nline 2\t" + sampleSkill(1) + "\t2\nline 6\t" + sampleSkill(3) + "\t1\n",
		"graded.a-b.tsv": "query\turi\trank\tscore\nline 2\t" + sampleSkill(1) + "\t1\t2\nline 2\t" + sampleSkill(4) + "\t2\t1\nline 6\t" +
			sampleSkill(3) + "\t1\t0.5\n",
	} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(got) != want {
			t.Errorf("%s, %v:\n%s\nwant\n%s", name, err, got, want)
		}
	}
	if err := r.Gold(b); err == nil {
		t.Error("a second file of the same name was written")
	}
}

func TestErrorsCountGroupsAndSortQueries(t *testing.T) {
	tax := sampleTaxonomy(t)
	b, err := LoadBenchmark(writeFile(t, "graded.csv", gradedPairs), tax, Sentence)
	if err != nil {
		t.Fatal(err)
	}
	e := NewErrors(tax)
	e.Add(b, "system", 0, []float32{6, 1, 5, 4, 3, 2})                     // ranks 1 and 6
	e.Add(b, "system", 1, []float32{6, 5, 4, float32(math.Inf(-1)), 3, 2}) // not proposed
	e.Add(b, "other", 0, []float32{6, 5, 0, 0, 0, 0})
	e.Finish()
	s := e.Sections[0]
	if len(e.Sections) != 2 || len(s.Groups) != 1 || s.Groups[0].Gold != 3 || s.Groups[0].Found != 1 || !near(s.Groups[0].MRR, (1+1.0/6)/3, 1e-12) {
		t.Errorf("%d sections, %+v", len(e.Sections), s.Groups)
	}
	if len(s.Worst) != 2 || s.Worst[0].Text != "We bake." || s.Worst[0].Missed[0].Rank != 0 || s.Worst[1].Missed[0].Label != "Java (computer programming)" ||
		s.Worst[1].Missed[0].Rank != 6 || !s.Worst[1].First[0].Gold || len(s.Worst[1].First) != 5 || len(e.Sections[1].Worst) != 0 {
		t.Errorf("%+v", s.Worst)
	}
	var page strings.Builder
	if err := e.Write(&page); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"graded: system", "rank 6", "not proposed", "2 of 2 queries", "33"} {
		if !strings.Contains(page.String(), part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	var text strings.Builder
	if err := e.WriteJSON(&text); err != nil { // a skill that is not proposed has the score -Inf, which JSON cannot hold
		t.Fatal(err)
	}
	for _, part := range []string{`"gold": 3`, `"found": 1`, `"text": "We bake."`, `"worst": []`} {
		if !strings.Contains(text.String(), part) {
			t.Errorf("no %s in\n%s", part, &text)
		}
	}
}
