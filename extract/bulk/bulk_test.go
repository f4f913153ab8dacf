package bulk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"skillspace/data/jobad"
	"skillspace/data/taxonomy"
	"skillspace/extract"
	"skillspace/extract/render"
	"skillspace/index"
)

var skills = []taxonomy.Skill{{URI: "u:0", PreferredLabel: "weld"}, {URI: "u:1", PreferredLabel: "bake"}}

func result(ad int) render.Result {
	return render.Result{File: "ads.jsonl", Ad: fmt.Sprint(ad), Text: strings.Repeat("x", 20), Skills: skills, Found: []extract.Found{
		{Sentence: jobad.Segment{Text: fmt.Sprintf("Sentence of ad %d.", ad), Clean: "Sentence", End: 10}, Kept: true, Probability: 0.75, Skills: []index.Match{{Skill: ad % 2, Score: 0.5}}},
		{Sentence: jobad.Segment{Text: "Pay.", Clean: "Pay.", Start: 11, End: 15}, Probability: 0.25},
	}}
}

func readParts(t *testing.T, dir string, e Encoding) (all []render.Record) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*."+string(e)))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if e == Parquet {
			records, err := parquet.Read[render.Record](bytes.NewReader(text), int64(len(text)))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, records...)
			continue
		}
		for line := range strings.Lines(string(text)) {
			var r render.Record
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatal(err)
			}
			all = append(all, r)
		}
	}
	return all
}

func options(e Encoding, resume bool) Options {
	return Options{Encoding: e, Render: render.Options{Filtered: true}, Shard: Shard{0, 1}, Settings: map[string]string{"top_k": "5"}, Resume: resume}
}

// run writes ads from where the output is up to but not including end, in groups of 300; stop leaves it like a killed
// process.
func run(t *testing.T, dir string, o Options, end int, kill bool) *Output {
	t.Helper()
	out, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	at := out.Position()
	for at.Ads < end {
		for range min(300, end-at.Ads) {
			if err := out.Write(result(at.Ads)); err != nil {
				t.Fatal(err)
			}
			at.Ads++
		}
		if err := out.Advance(at); err != nil {
			t.Fatal(err)
		}
	}
	if !kill {
		if err := out.Close(at, true); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// A run that is killed twice and resumed leaves the same parts as one that was never stopped, in both encodings.
func TestResume(t *testing.T) {
	const n = 5000
	var want []render.Record
	for ad := range n {
		want = append(want, render.Options{Filtered: true}.Records(result(ad))...)
	}
	for _, e := range []Encoding{JSONL, Parquet} {
		whole, stopped := t.TempDir(), t.TempDir()
		if total := run(t, whole, options(e, false), n, false).Total(); total != (Total{n, 2 * n, n}) {
			t.Errorf("%s: %+v", e, total)
		}
		run(t, stopped, options(e, true), 2500, true)
		if err := os.WriteFile(filepath.Join(stopped, "part-000001."+string(e)), []byte("torn"), 0o644); err != nil { // written again, as nothing counts it
			t.Fatal(err)
		}
		run(t, stopped, options(e, true), 4300, true)
		out := run(t, stopped, options(e, true), n, false)
		if !out.Done() || out.Total().Ads != n {
			t.Errorf("%s: %+v", e, out.progress)
		}
		for _, dir := range []string{whole, stopped} {
			if got := readParts(t, dir, e); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %d records, want %d", e, len(got), len(want))
			}
		}
		files, err := os.ReadDir(whole)
		if err != nil || len(files) != 4 { // 2100, 2100 and 800 ads, progress
			t.Errorf("%s: %v, %v", e, files, err)
		}
	}
}

// A part that cannot be written is not half counted: Close leaves it to the run that goes on, also where the disk has
// room again.
func TestFailedPart(t *testing.T) {
	for _, e := range []Encoding{JSONL, Parquet} {
		dir := filepath.Join(t.TempDir(), "skills")
		out, err := Open(dir, options(e, true))
		if err != nil {
			t.Fatal(err)
		}
		for ad := range partAds {
			if err := out.Write(result(ad)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Remove(dir); err != nil {
			t.Fatal(err)
		}
		at := Position{Ads: partAds}
		if err := out.Advance(at); err == nil {
			t.Fatal("no folder: no error")
		}
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := out.Close(at, false); err != nil {
			t.Fatal(err)
		}
		if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
			t.Errorf("%s: %v, %v", e, files, err)
		}
		if total := run(t, dir, options(e, true), partAds, false).Total(); total.Ads != partAds || len(readParts(t, dir, e)) != 2*partAds {
			t.Errorf("%s: %+v", e, total)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	run(t, dir, options(JSONL, false), 10, false)
	if _, err := Open(dir, options(JSONL, false)); !errors.Is(err, ErrBegun) {
		t.Errorf("without resume: %v", err)
	}
	other := options(JSONL, true)
	other.Settings = map[string]string{"top_k": "3"}
	if _, err := Open(dir, other); err == nil || !strings.Contains(err.Error(), `begun with top_k "5", now it is "3"`) {
		t.Errorf("other settings: %v", err)
	}
	other.Settings = map[string]string{"top_k": "5", "views": "all"}
	if _, err := Open(dir, other); err == nil || !strings.Contains(err.Error(), "views") {
		t.Errorf("a further setting: %v", err)
	}
	if out, err := Open(dir, options(JSONL, true)); err != nil || !out.Done() || out.Position().Ads != 10 {
		t.Errorf("%v", err)
	}
	part := filepath.Join(dir, "part-000000.jsonl")
	if err := os.Remove(part); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, options(JSONL, true)); err == nil || !strings.Contains(err.Error(), "part-000000.jsonl") {
		t.Errorf("a part is away: %v", err)
	}
	written, err := os.ReadFile(progressPath(dir, Shard{0, 1}))
	if err != nil {
		t.Fatal(err)
	}
	altered := strings.Replace(string(written), `"ads": 10`, `"ads": 11`, 1)
	for _, content := range []string{"", "{}", `{"version":1,"parts":-1}`, "[]", altered} {
		if err := os.WriteFile(progressPath(dir, Shard{0, 1}), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, options(JSONL, true)); err == nil || !strings.Contains(err.Error(), "_progress-00000-of-00001.json") {
			t.Errorf("progress %q: %v", content, err)
		}
	}
}

func TestShards(t *testing.T) {
	counts := make([]int, 7)
	for i := range 7000 {
		id, of := fmt.Sprintf("ad-%d", i), []int{}
		for s := range counts {
			if (Shard{s, len(counts)}).Has(id) {
				of = append(of, s)
				counts[s]++
			}
		}
		if len(of) != 1 {
			t.Fatalf("%s is of the shards %v", id, of)
		}
	}
	if slices.Min(counts) < 850 || slices.Max(counts) > 1150 {
		t.Errorf("uneven: %v", counts)
	}
	if !(Shard{0, 16}).Has("ad-1") { // as every version must have it
		t.Error("ad-1 moved to another shard")
	}
	for text, good := range map[string]bool{"0/1": true, "15/16": true, "16/16": false, "-1/2": false, "1": false, "a/b": false, "0/0": false, "1/2/3": false, "": false} {
		s, err := ParseShard(text)
		if (err == nil) != good || (good && s.String() != text) {
			t.Errorf("%q: %v, %v", text, s, err)
		}
	}
}

// Readers of a folder of data leave out names that start with an underscore; a run that began under the old name
// continues.
func TestProgressIsHiddenFromReaders(t *testing.T) {
	dir := t.TempDir()
	out, err := Open(dir, options(JSONL, true))
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Write(result(1)); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(Position{Input: 1}, true); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name := entry.Name(); !strings.HasPrefix(name, "part-") && !strings.HasPrefix(name, "_") && !strings.HasPrefix(name, ".") {
			t.Errorf("%s would be read as data", name)
		}
	}
	old, path := filepath.Join(dir, "progress-00000-of-00001.json"), filepath.Join(dir, "_progress-00000-of-00001.json")
	if err := os.Rename(path, old); err != nil {
		t.Fatal(err)
	}
	if out, err = Open(dir, options(JSONL, true)); err != nil || !out.Done() {
		t.Errorf("a run under the old name: %v", err)
	}
}
