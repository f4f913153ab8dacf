package report

import (
	"strings"
	"testing"
)

func testFilter() *Judgement {
	return &Judgement{Step: 1200, Threshold: 0.4, Temperature: 1.5,
		Curve:     []CurvePoint{{0.9, 0.2, 1}, {0.4, 0.8, 0.75}, {0.1, 1, 0.5}},
		Before:    Reliability{Bins: []Bin{{5, 0.1, 0.3}, {5, 0.9, 0.7}}, Error: 0.2, LogLoss: 0.6},
		After:     Reliability{Bins: []Bin{{5, 0.2, 0.3}, {5, 0.8, 0.7}}, Error: 0.1, LogLoss: 0.5},
		Decisions: Decisions{TruePositive: 1234, FalsePositive: 411, FalseNegative: 56, TrueNegative: 7},
		Kept:      []Judged{{"free <b>coffee</b> & \"fruit\"", 0.91}},
		Systems:   []System{{Name: "keywords", Threshold: 1, AveragePrecision: 0.42}, {Name: "this run", AveragePrecision: 0.91}}}
}

func TestPageShowsAFilter(t *testing.T) {
	p := testPage(t)
	writeMetrics(t, p.Metrics, 100, 70)
	best := (*Judgement)(nil)
	p.Filter = func() *Judgement { return best }
	if err := p.Write(); err != nil {
		t.Fatal(err)
	}
	if page := readPage(t, p); checkHTML(t, page)["svg"] != 6 || strings.Contains(page, "The filter at step") {
		t.Error("a filter before its first validation")
	}
	best = testFilter()
	if err := p.Write(); err != nil {
		t.Fatal(err)
	}
	page := readPage(t, p)
	if elements := checkHTML(t, page); elements["svg"] != 8 || elements["script"] != 0 || elements["b"] != strings.Count(page, "<dd><b>") {
		t.Errorf("%v", elements)
	}
	for _, want := range []string{"The filter at step 1,200", "free &lt;b&gt;coffee&lt;/b&gt; &amp; &#34;fruit&#34;", "<td>1,234</td><td>56</td>", "<td>411</td><td>7</td>",
		"keeps 95.7% of the sentences", "and 75.0% of what it keeps", "Expected calibration error 0.200 before and 0.100 after", "keywords", "None."} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestPrecisionRecallCurve(t *testing.T) {
	if got := testFilter().precisionRecall().Lines[0].Path; got != "M155.2 30.0L446.8 76.5L544.0 123.0" {
		t.Errorf("the curve is %s", got)
	}
}
