package main

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"skillspace/serve"
)

func TestQualityOfRankings(t *testing.T) {
	gold := [][]string{{"a", "b"}, {"c"}}
	row, err := qualityOf("x", []ranking{
		{Ranked: []string{"only theirs", "b", "d", "e", "f"}, Answered: []string{"b", "d"}}, // P@5 1/5, R@5 1/2; of the answer 1/2 and 1/2
		{Ranked: []string{"d"}, Answered: nil},
	}, gold)
	if err != nil {
		t.Fatal(err)
	}
	if want := (2 * 0.2 * 0.5 / 0.7) / 2; math.Abs(row.F1At5-want) > 1e-12 {
		t.Errorf("F1@5 %v, want %v", row.F1At5, want)
	}
	if row.RP5 != 0.25 || row.Answered != 0.25 || row.Skills != 1 {
		t.Errorf("%+v", row)
	}
	if _, err := qualityOf("x", nil, gold); err == nil || !strings.Contains(err.Error(), "x: 0 answers for 2 sentences") {
		t.Errorf("error %v", err)
	}
	better, err := qualityOf("y", []ranking{{Ranked: []string{"a", "b"}}, {Ranked: []string{"c"}}}, gold)
	if err != nil {
		t.Fatal(err)
	}
	d, err := difference(t.Context(), better, row)
	if err != nil || math.Abs(d.Mean-(better.F1At5-row.F1At5)) > 1e-12 || d.Low > d.Mean || d.High < d.Mean {
		t.Errorf("%+v, %v", d, err)
	}
}

// A skill that our taxonomy does not have takes a place of the five all the same.
func TestRanksKeepTheirPlaces(t *testing.T) {
	if got := ranks([]string{"new", "b", "a"}, []string{"a", "b", "z"}); !slices.Equal(got, []int{3, 2, 0}) {
		t.Errorf("ranks %v", got)
	}
}

func TestCoveredCountsSkillsOnce(t *testing.T) {
	distinct, known := covered([][]string{{"a", "b"}, {"b", "c"}}, []string{"b", "x", "b", "c"})
	if distinct != 3 || known != 2 {
		t.Errorf("%d of %d", known, distinct)
	}
}

func TestReadRankings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rankings.json")
	if err := os.WriteFile(path, []byte(`{"skills": ["a", "b"], "queries": [{"ranked": ["b", "a"], "answered": []}]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	list, rankings, err := readRankings(path)
	if err != nil || !slices.Equal(list, []string{"a", "b"}) || len(rankings) != 1 || !slices.Equal(rankings[0].Ranked, []string{"b", "a"}) {
		t.Errorf("%v, %v, %v", list, rankings, err)
	}
	if err := os.WriteFile(path, []byte(`{"skills`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := readRankings(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
}

func TestSkillsOfAnAdCountOnceByTheirBestSentence(t *testing.T) {
	ad := serve.AdResult{Sentences: []serve.SentenceResult{
		{Skills: []serve.SkillMatch{{URI: "a", Score: 0.5}, {URI: "b", Score: 0.4}}},
		{},
		{Skills: []serve.SkillMatch{{URI: "b", Score: 0.9}, {URI: "a", Score: 0.2}, {URI: "c", Score: 0.7}}},
	}}
	if got := skillsOf(ad); !slices.Equal(got, []string{"b", "c", "a"}) {
		t.Errorf("%v", got)
	}
}
