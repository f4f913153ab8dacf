package report

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/internal/chart"
	"skillspace/train"
)

// writeMetrics writes a metrics.jsonl of n steps with a validation at every tenth; that of step best is the best.
func writeMetrics(t *testing.T, path string, n, best int) {
	t.Helper()
	var lines []byte
	add := func(record any) {
		line, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(append(lines, line...), '\n')
	}
	for i := 1; i <= n; i++ {
		if i%10 == 0 {
			mrr := 0.9 - math.Abs(float64(i-best))/1000
			add(train.ValidationRecord{Step: i, Validation: map[string]float64{"mrr": mrr, "held_out.mrr": mrr, "rp@5": 0.25}})
		}
		add(train.StepRecord{Step: i, Loss: 2 - float64(i)/float64(n), LearningRate: 5e-5, GradientNorm: 1, Examples: 64,
			ExamplesPerSecond: 80, ElapsedSeconds: float64(i)})
	}
	if err := os.WriteFile(path, lines, 0o644); err != nil {
		t.Fatal(err)
	}
}

func testPage(t *testing.T) *Page {
	dir := t.TempDir()
	return &Page{Path: filepath.Join(dir, "report.html"), Metrics: filepath.Join(dir, "metrics.jsonl"), Title: "train-biencoder",
		Run: "runs/<script>alert(1)</script>", Config: "seed: 1 # </pre><script>", BestMetric: "mrr",
		Data: []Fact{{"training sentences", "12"}}, Lengths: []int{0, 0, 0, 5, 4, 3}, MaxLength: 5, Environment: []Fact{{"device", "cpu"}}}
}

func readPage(t *testing.T, p *Page) string {
	t.Helper()
	text, err := os.ReadFile(p.Path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// checkHTML checks that a browser can parse the page, and that every picture has what a screen reader needs.
func checkHTML(t *testing.T, page string) (elements map[string]int) {
	t.Helper()
	elements = map[string]int{}
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	ids, wanted := map[string]bool{}, []string{}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("line %d: %v", lineOf(d), err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		elements[start.Name.Local]++
		for _, a := range start.Attr {
			switch a.Name.Local {
			case "id":
				if ids[a.Value] {
					t.Errorf("id %s is there twice", a.Value)
				}
				ids[a.Value] = true
			case "aria-labelledby":
				wanted = append(wanted, strings.Fields(a.Value)...)
			case "src", "href":
				t.Errorf("<%s> loads %s", start.Name.Local, a.Value)
			}
		}
	}
	for _, id := range wanted {
		if !ids[id] {
			t.Errorf("a label names %s, which is not there", id)
		}
	}
	if svg := elements["svg"]; elements["desc"] != svg || elements["title"] != svg+1 || strings.Count(page, `role="img"`) != svg {
		t.Errorf("%d pictures, %d descriptions, %d titles", svg, elements["desc"], elements["title"]-1)
	}
	return elements
}

func lineOf(d *xml.Decoder) int { line, _ := d.InputPos(); return line }

func TestPageShowsTheRun(t *testing.T) {
	p := testPage(t)
	writeMetrics(t, p.Metrics, 1000, 700)
	p.state, p.total = "running", 2000
	if err := p.Write(); err != nil {
		t.Fatal(err)
	}
	page := readPage(t, p)
	elements := checkHTML(t, page)
	if elements["script"] != 0 || elements["svg"] != 6 {
		t.Errorf("%d scripts and %d pictures, want 0 and 6", elements["script"], elements["svg"])
	}
	for _, want := range []string{
		"step 1,000 of 2,000", "about 16 min 40 s left", "Best mrr", `<tr class="chosen"><th scope="row">700 `, "0.900", "seed: 1",
		"Loss went from 1.999 at step 1 to", "3 reach the limit of 5 tokens", "training sentences", "device",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "held_out.mrr") || strings.Contains(page, "held out.mrr") {
		t.Error("a metric that repeats another has a column")
	}
	if strings.Contains(page, "http:") || strings.Contains(page, "https:") {
		t.Error("the page names an address outside")
	}
	if strings.Count(page, `class="chosen"`) != 1 {
		t.Error("not one row is the best")
	}
}

func TestLongRunsStaySmall(t *testing.T) {
	p := testPage(t)
	writeMetrics(t, p.Metrics, 20000, 700)
	if err := p.Write(); err != nil {
		t.Fatal(err)
	}
	v := p.view(&train.History{}, p.next)
	if v.Curves != nil {
		t.Error("curves of no steps")
	}
	h, err := train.ReadMetrics(p.Metrics)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range curves(h.Steps) {
		if len(c.Raw)+len(c.Curve) > 40_000 || len(c.Samples) != chart.Samples {
			t.Errorf("%s: %d bytes of path, %d samples", c.Title, len(c.Raw)+len(c.Curve), len(c.Samples))
		}
	}
}

// TestHookWritesWhenItShould: at a validation and at the end, whatever ends the run; not at other steps.
func TestHookWritesWhenItShould(t *testing.T) {
	for _, c := range []struct {
		cause error
		state string
	}{{nil, "finished"}, {fmt.Errorf("stop: %w", context.Canceled), "stopped; --resume continues"}, {errors.New("no <b>luck</b>"), "failed: no &lt;b&gt;luck&lt;/b&gt;"}} {
		p := testPage(t)
		hook := p.Hook()
		if err := hook.Start(&train.Loop{}); err != nil {
			t.Fatal(err)
		}
		writeMetrics(t, p.Metrics, 9, 0)
		step := func() {
			if err := hook.Step(t.Context(), nil, train.Step{}); err != nil {
				t.Fatal(err)
			}
		}
		step()
		if _, err := os.Stat(p.Path); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("a page without a reason: %v", err)
		}
		p.Validated()
		step()
		if page := readPage(t, p); !strings.Contains(page, `class="running">running<`) || !strings.Contains(page, "No validation yet") {
			t.Error("the page does not say that the run goes on")
		}
		writeMetrics(t, p.Metrics, 20, 20)
		if err := hook.End(nil, c.cause); err != nil {
			t.Fatal(err)
		}
		if page := readPage(t, p); !strings.Contains(page, c.state) || strings.Count(page, `<span class="badge">best</span></th>`) != 1 {
			t.Errorf("after %v the page lacks %q or the best validation", c.cause, c.state)
		}
	}
}

func TestUnwritablePageEndsNoRun(t *testing.T) {
	p := testPage(t)
	p.Path = filepath.Join(p.Path, "missing", "report.html")
	if p.Write() == nil {
		t.Fatal("written into a folder that is not there")
	}
	if err := p.Hook().End(nil, nil); err != nil {
		t.Error(err)
	}
}
