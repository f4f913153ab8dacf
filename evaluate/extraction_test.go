package evaluate

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"skillspace/data/corpus"
)

// scoreTable scores a text by a table.
type scoreTable map[string][]float32

func (scoreTable) Name() string { return "table" }

func (s scoreTable) Score(_ context.Context, queries []corpus.Sentence) ([][]float32, error) {
	rows := make([][]float32, len(queries))
	for i, q := range queries {
		rows[i] = slices.Clone(s[q.Text])
	}
	return rows, nil
}

// threeAds have skills 0 to 3; "pay" and "office" name none.
func threeAds() (*Benchmark, scoreTable) {
	b := &Benchmark{Name: "ads", Level: Ad, Skills: 4, Queries: []Query{
		{ID: "a", Parts: []string{"weld", "pay"}, Gold: []int{0}},
		{ID: "b", Parts: []string{"cook and sell", "office"}, Gold: []int{1, 2}},
		{ID: "c", Parts: []string{"sell"}, Gold: []int{2}},
	}}
	return b, scoreTable{
		"weld":          {0.9, 0.2, 0.1, 0.1},
		"pay":           {0.3, 0.1, 0.1, 0.8},
		"cook and sell": {0.1, 0.7, 0.6, 0.2},
		"office":        {0.2, 0.1, 0.2, 0.75},
		"sell":          {0.1, 0.2, 0.6, 0.5},
	}
}

func extraction(t *testing.T, system System, b *Benchmark, o ExtractionOptions) ExtractionResult {
	t.Helper()
	report, err := RunExtraction(context.Background(), []System{system}, b, o, RunOptions{ChunkSize: 2})
	if err != nil {
		t.Fatal(err)
	}
	return report.Results[0]
}

func TestExtractionAtAThreshold(t *testing.T) {
	b, table := threeAds()
	half := 0.55
	got := extraction(t, table, b, ExtractionOptions{TopK: 2, Threshold: &half})
	// a: {0, 3}: 1 of 2, 1 of 1. b: {1, 2, 3}: 2 of 3, 2 of 2. c: {2}: 1 of 1.
	wants := extractionValues{(0.5 + 2.0/3 + 1) / 3, 1, (2.0/3 + 0.8 + 1) / 3}
	for m, want := range wants {
		if cell := got.Metrics[m]; math.Abs(cell.Value-want) > 1e-12 || cell.Low > want || cell.High < want {
			t.Errorf("%s: %+v, want %v", ExtractionMetric(m), cell, want)
		}
	}
	if math.Abs(got.Reported-2) > 1e-12 || got.Threshold != half {
		t.Errorf("%.3f skills an ad from %.3f on, want 2 from 0.55 on", got.Reported, got.Threshold)
	}
	if best := extraction(t, table, b, ExtractionOptions{TopK: 1, Threshold: &half}); math.Abs(best.Metrics[ExtractionRecall].Value-5.0/6) > 1e-12 {
		t.Errorf("one skill a sentence: recall %v, want 5/6", best.Metrics[ExtractionRecall].Value)
	}
}

// TestThresholdComesFromTheOtherAds: by itself the first ad would take 0.9 and the last one 0.6; the others' best is
// lower.
func TestThresholdComesFromTheOtherAds(t *testing.T) {
	ads := []adProposals{
		{gold: 1, proposals: []proposal{{0.9, true}, {0.3, false}}},
		{gold: 1, proposals: []proposal{{0.5, true}, {0.3, false}}},
		{gold: 1, proposals: []proposal{{0.6, true}, {0.5, false}, {0.4, false}}},
	}
	if got, want := thresholdsFromOthers(ads), []float64{0.5, 0.6, 0.5}; !slices.EqualFunc(got, want, func(x, y float64) bool { return math.Abs(x-y) < 1e-6 }) {
		t.Errorf("thresholds %v, want %v", got, want)
	}
}

func TestAFilterMakesExtractionMorePrecise(t *testing.T) {
	b, table := threeAds()
	half := 0.55
	filtered := &Filtered{System: table, Skills: b.Skills, Keep: func(_ context.Context, sentences []corpus.Sentence) ([]bool, error) {
		keep := make([]bool, len(sentences))
		for i, s := range sentences {
			keep[i] = s.Text != "pay" && s.Text != "office"
		}
		return keep, nil
	}}
	got := extraction(t, filtered, b, ExtractionOptions{TopK: 2, Threshold: &half})
	if got.Metrics[ExtractionPrecision].Value != 1 || got.Metrics[ExtractionRecall].Value != 1 {
		t.Errorf("behind a perfect filter: %+v, want precision and recall 1", got.Metrics)
	}
}

// TestTopEqualsSorting compares the single pass with sorting all skills.
func TestTopEqualsSorting(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		row := make([]float32, 1+random.IntN(30))
		order := make([]int, len(row))
		for i := range row {
			row[i], order[i] = float32(random.IntN(6)), i
			if random.IntN(5) == 0 {
				row[i] = float32(math.Inf(-1))
			}
		}
		k, got := 1+random.IntN(len(row)), map[int]float32{}
		if err := addTop(got, row, k, len(row)); err != nil {
			t.Fatal(err)
		}
		want := map[int]float32{}
		slices.SortStableFunc(order, func(x, y int) int {
			switch {
			case row[x] > row[y]:
				return -1
			case row[x] < row[y]:
				return 1
			}
			return x - y
		})
		for _, skill := range order[:k] {
			if row[skill] >= lowestScore {
				want[skill] = row[skill]
			}
		}
		if len(got) != len(want) {
			t.Fatalf("top %d of %v: %v, want %v", k, row, got, want)
		}
		for skill := range want {
			if _, ok := got[skill]; !ok {
				t.Fatalf("top %d of %v: %v, want %v", k, row, got, want)
			}
		}
	}
}

func TestExtractionRefusesWhatItCannotMeasure(t *testing.T) {
	b, table := threeAds()
	sentences := *b
	sentences.Level = Sentence
	table["pay"] = []float32{1}
	for name, c := range map[string]struct {
		bench *Benchmark
		topK  int
		want  string
	}{
		"sentences":    {&sentences, 1, "at least two ads"},
		"no skill":     {b, 0, "0 skills a sentence"},
		"short scores": {b, 1, "1 scores for 4 skills"},
	} {
		_, err := RunExtraction(context.Background(), []System{table}, c.bench, ExtractionOptions{TopK: c.topK}, RunOptions{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

// TestExtractionBySentence: a skill that another sentence of the ad names is wrong where it is reported.
func TestExtractionBySentence(t *testing.T) {
	b, table := threeAds()
	b.Queries[0].PartGold = [][]int{{0}, nil}
	b.Queries[1].PartGold = [][]int{{1, 2}, nil}
	b.Queries[2].PartGold = [][]int{{2}}
	table["pay"] = []float32{0.8, 0.1, 0.1, 0.3} // the ad's skill, but not the sentence's
	half := 0.55
	for bySentence, want := range map[bool]float64{false: (1 + 2.0/3 + 1) / 3, true: (0.5 + 2.0/3 + 1) / 3} {
		got := extraction(t, table, b, ExtractionOptions{BySentence: bySentence, TopK: 2, Threshold: &half})
		if p := got.Metrics[ExtractionPrecision].Value; math.Abs(p-want) > 1e-12 || got.Metrics[ExtractionRecall].Value != 1 {
			t.Errorf("by sentence %t: precision %v, recall %v, want %v and 1", bySentence, p, got.Metrics[ExtractionRecall].Value, want)
		}
	}
}
