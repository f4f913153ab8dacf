package evaluate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden reports in testdata")

// sampleReport measures two small systems, so that the written numbers are real ones.
func sampleReport(t *testing.T) *RankingReport {
	t.Helper()
	good := fixed{"good", map[string][]float32{"a": {3, 2, 1}, "b": {0, 1, 2}, "c": {1, 0, 0}}}
	bad := fixed{"schlecht|*x*\x1b[31m 差", map[string][]float32{"a": {1, 2, 3}, "b": {9, 1, 2}, "c": {1, 0, 0}}}
	b := sampleBenchmark()
	b.Queries = append(b.Queries, Query{ID: "3", Text: "c", Gold: []int{0}})
	b.WithoutGold, b.Unknown = 7, []LabelCount{{"fly kites", 2}}
	report, err := RunRanking(context.Background(), []System{bad, good}, b, RunOptions{Reference: bad.name})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestReportFormats(t *testing.T) {
	report := sampleReport(t)
	binary := &BinaryReport{
		Benchmark: "dev", Sentences: 3174, Positives: 1500, Bootstrap: report.Bootstrap,
		Results: []BinaryResult{
			{System: "keywords", Threshold: 1, Metrics: [binaryMetricCount]Interval{{0.5, 0.4, 0.6}, {0.6, 0.5, 0.7}, {0.7, 0.6, 0.8}, {0.65, 0.6, 0.7}}},
			{System: "filter", Threshold: 0.3125, Metrics: [binaryMetricCount]Interval{{0.9, 0.8, 1}, {0.6, 0.5, 0.7}, {0.8, 0.7, 0.9}, {0.7, 0.6, 0.8}}},
		},
	}
	for _, format := range []Format{Table, JSON, Markdown} {
		var out bytes.Buffer
		if err := report.Write(&out, format); err != nil {
			t.Fatal(err)
		}
		out.WriteString("\n")
		if err := binary.Write(&out, format); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", "report."+string(format)+".txt")
		if *update {
			if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if out.String() != string(want) {
			t.Errorf("%s differs from %s (go test ./evaluate -run ReportFormats -update rewrites it):\n%s", format, path, out.String())
		}
	}
}

func TestReportJSONHasTheContractsKeys(t *testing.T) {
	var out bytes.Buffer
	if err := sampleReport(t).Write(&out, JSON); err != nil {
		t.Fatal(err)
	}
	var report struct {
		Systems []map[string]json.RawMessage
	}
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		t.Fatal(err)
	}
	for _, key := range append([]string{"system", "queries"}, metricNames[:]...) {
		if report.Systems[0][key] == nil {
			t.Errorf("no %q in %s", key, out.String())
		}
	}
}

func TestReportWithoutIntervals(t *testing.T) {
	b := sampleBenchmark()
	system := fixed{"good", map[string][]float32{"a": {3, 2, 1}, "b": {0, 1, 2}}}
	report, err := RunRanking(context.Background(), []System{system}, b, RunOptions{Bootstrap: Bootstrap{Resamples: -1}})
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []Format{Table, JSON, Markdown} {
		var out bytes.Buffer
		if err := report.Write(&out, format); err != nil {
			t.Fatal(err)
		}
		if text := out.String(); strings.Contains(text, "NaN") || strings.Contains(text, "±") || strings.Contains(text, "best in") {
			t.Errorf("%s:\n%s", format, text)
		}
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteErrors(t *testing.T) {
	report := sampleReport(t)
	if err := report.Write(failingWriter{}, Table); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("failing writer: %v", err)
	}
	if err := report.Write(&bytes.Buffer{}, "pdf"); err == nil {
		t.Error("unknown format: no error")
	}
	if _, err := ParseFormat("pdf"); err == nil {
		t.Error("ParseFormat: no error")
	}
	if f, err := ParseFormat("markdown"); err != nil || f != Markdown {
		t.Errorf("ParseFormat: %v, %v", f, err)
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 13891: "13,891", 1234567: "1,234,567", 123456: "123,456"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %s, want %s", n, got, want)
		}
	}
}
