package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/data/taxonomy"
	"skillspace/data/textfile"
	"skillspace/summary"
)

// TestMarket checks the claims of docs/summaries.md: the texts of the made-up ads name their skills, and the
// counts show the changes.
func TestMarket(t *testing.T) {
	tax, err := taxonomy.Load("../ontology")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := write(dir, newMarket(tax, 1), 2000); err != nil {
		t.Fatal(err)
	}
	texts := readTexts(t, filepath.Join(dir, "ads.csv"))
	columns := summary.NewColumns([]string{"date"}, []summary.Unit{summary.Quarter})
	if _, err := columns.ReadColumns(t.Context(), filepath.Join(dir, "ads.csv"), "", textfile.Encoding{}); err != nil {
		t.Fatal(err)
	}
	counter := summary.NewCounter(summary.Options{Taxonomy: tax, MinScore: -1, Columns: columns})
	_, err = summary.ReadFile(t.Context(), filepath.Join(dir, "skills.jsonl"), func(r *summary.Record) error {
		for _, s := range r.Skills {
			if !strings.Contains(texts[r.Ad], s.Label) {
				t.Errorf("ad %s does not name %q", r.Ad, s.Label)
			}
		}
		return counter.Add(r)
	})
	if err == nil {
		err = counter.Flush()
	}
	if err != nil || counter.Totals.Ads != 2000 || counter.Totals.Unknown > 0 || counter.Totals.NoColumns > 0 {
		t.Fatalf("%+v, %v", counter.Totals, err)
	}
	changes, err := counter.Changes("date", summary.ParseSpan("2025-Q1"), summary.ParseSpan("2025-Q4"))
	if err != nil {
		t.Fatal(err)
	}
	count := map[summary.Status]int{}
	for _, c := range changes {
		count[c.Status]++
	}
	if count[summary.Rising]+count[summary.New] == 0 || count[summary.Falling]+count[summary.Vanished] == 0 {
		t.Errorf("%v", count)
	}
}

func readTexts(t *testing.T, path string) map[string]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, row := range rows[1:] {
		texts[row[0]] = row[4]
	}
	return texts
}
