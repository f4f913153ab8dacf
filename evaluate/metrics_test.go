package evaluate

import (
	"math"
	"slices"
	"testing"
)

func TestRankBreaksTiesByIndex(t *testing.T) {
	scores := []float32{0.5, 0.9, 0.5, 0.1, 0.5, float32(math.Inf(-1))}
	if got, want := Rank(scores, []int{0, 1, 2, 3, 4, 5}), []int{2, 1, 3, 5, 4, 0}; !slices.Equal(got, want) {
		t.Errorf("ranks %v, want %v", got, want)
	}
}

func TestMeasureByHand(t *testing.T) {
	cases := []struct {
		name  string
		ranks []int
		want  Values
	}{
		{"one gold, first", []int{1}, Values{1, 1, 1, 1, 0.2, 1, 1.0 / 3}},
		{"one gold, sixth", []int{6}, Values{1.0 / 6, 0, 0, 1, 0, 0, 0}},
		{"two gold at 2 and 7", []int{7, 2}, Values{0.5, 0, 0.5, 1, 0.2, 0.5, 2 * 0.2 * 0.5 / 0.7}},
		{"six gold at 1 to 6", []int{1, 2, 3, 4, 5, 6}, Values{1, 1, 1, 1, 1, 5.0 / 6, 2 * (5.0 / 6) / (11.0 / 6)}},
		{"not proposed", []int{0, 0}, Values{}},
		{"one proposed, one not", []int{0, 4}, Values{0.25, 0, 0.5, 0.5, 0.2, 0.5, 2 * 0.2 * 0.5 / 0.7}},
		{"no gold", nil, Values{}},
	}
	for _, c := range cases {
		got := Measure(c.ranks)
		for m := range F15 + 1 {
			if !near(got[m], c.want[m], 1e-12) {
				t.Errorf("%s: %s = %v, want %v", c.name, m, got[m], c.want[m])
			}
		}
	}
}

// The gains are worked out by hand: grades over log2(1 + rank).
func TestGradedMeasuresByHand(t *testing.T) {
	log3, log4 := math.Log2(3), 2.0
	for _, c := range []struct {
		name                    string
		ranks                   []int
		grades                  []float64
		ndcg5, ndcg10, ap, prec float64
	}{
		{"first", []int{1}, nil, 1, 1, 1, 1},
		{"worse one first", []int{1, 2}, []float64{1, 3}, (1 + 3/log3) / (3 + 1/log3), (1 + 3/log3) / (3 + 1/log3), 1, 1},
		{"two of three", []int{1, 0, 3}, nil, (1 + 1/log4) / (1 + 1/log3 + 1/log4), (1 + 1/log4) / (1 + 1/log3 + 1/log4), (1 + 2.0/3) / 3, 2.0 / 3},
		{"at seven", []int{7}, []float64{2}, 0, 1 / math.Log2(8), 1.0 / 7, 0},
		{"not proposed", []int{0}, nil, 0, 0, 0, 0},
	} {
		got := MeasureGraded(c.ranks, c.grades)
		for m, want := range map[Metric]float64{NDCG5: c.ndcg5, NDCG10: c.ndcg10, MAP: c.ap, RPrec: c.prec} {
			if !near(got[m], want, 1e-12) {
				t.Errorf("%s: %s = %v, want %v", c.name, m, got[m], want)
			}
		}
	}
}

func TestMeasureAgreesWithFullSort(t *testing.T) {
	var cases []struct {
		Scores []float32
		Gold   []int
		Grades []float64
		Ranks  []int
		Values map[string]float64
	}
	golden(t, "rankings.json", &cases)
	for i, c := range cases {
		ranks := Rank(c.Scores, c.Gold)
		if !slices.Equal(ranks, c.Ranks) {
			t.Errorf("case %d: ranks %v, want %v", i, ranks, c.Ranks)
		}
		for m, v := range MeasureGraded(ranks, c.Grades) {
			if want := c.Values[Metric(m).String()]; !near(v, want, 1e-12) {
				t.Errorf("case %d: %s = %v, want %v", i, Metric(m), v, want)
			}
		}
	}
}

func TestMean(t *testing.T) {
	got := Mean([]Values{{1, 0}, {0, 0.5}})
	if want := (Values{0.5, 0.25}); got != want {
		t.Errorf("mean %v, want %v", got, want)
	}
	if got := Mean(nil); got != (Values{}) {
		t.Errorf("mean of nothing %v, want zeros", got)
	}
	if Metric(-1).String() != "unknown" || RP10.String() != "rp@10" {
		t.Error("metric names")
	}
}
