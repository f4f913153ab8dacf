package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"skillspace/extract/render"
)

// manyAds are n ads of one to three sentences as JSON lines.
func manyAds(t *testing.T, n int) string {
	t.Helper()
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, `{"id":"ad-%d","text":"You drive truck %d.%s"}`+"\n", i, i, strings.Repeat(" You speak German.", i%3))
	}
	return write(t, "ads.jsonl", text.String())
}

// readFolder reads the records of an output folder, sorted by ad and place.
func readFolder(t *testing.T, dir, ending string) (all []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*."+ending))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no parts in %s: %v", dir, err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var list []render.Record
		if ending == "parquet" {
			list, err = parquet.Read[render.Record](bytes.NewReader(text), int64(len(text)))
		} else {
			list = records(t, string(text))
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			all = append(all, fmt.Sprintf("%s %d-%d %s %v %s %.4f", r.Ad, r.Start, r.End, r.Sentence, r.Kept, r.Skills[0].URI, r.Skills[0].Score))
		}
	}
	slices.Sort(all)
	return all
}

// stopAfter is done once a folder holds a progress file, as if Ctrl-C came between two parts.
type stopAfter struct {
	context.Context
	pattern string
}

func (c stopAfter) Err() error {
	if found, _ := filepath.Glob(c.pattern); len(found) > 0 {
		return context.Canceled
	}
	return c.Context.Err()
}

// Whether a run goes through, is interrupted and resumed, or is divided, in JSON lines or Parquet: the records are the
// same.
func TestBulk(t *testing.T) {
	biencoder, _ := models(t)
	input := manyAds(t, 5000)
	args := func(dir string, more ...string) []string {
		return slices.Concat([]string{"--checkpoint", biencoder, "--taxonomy", ontology, "--threshold", "-1", "--top-k", "1", "--output", dir, input}, more)
	}
	whole := t.TempDir()
	if _, err := execute(t, t.Context(), "", args(whole)...); err != nil {
		t.Fatal(err)
	}
	want := readFolder(t, whole, "jsonl")
	if len(want) != 5000+1667+2*1666 {
		t.Fatalf("%d records", len(want))
	}
	if _, err := execute(t, t.Context(), "", args(whole)...); err == nil || !strings.Contains(err.Error(), "--resume continues that run") {
		t.Errorf("a second run: %v", err)
	}
	if _, err := execute(t, t.Context(), "", args(whole, "--resume")...); err != nil {
		t.Errorf("resumed at its end: %v", err)
	}

	stopped := t.TempDir()
	if _, err := execute(t, stopAfter{t.Context(), filepath.Join(stopped, "part-000000.*")}, "", args(stopped, "--resume")...); !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	if got := readFolder(t, stopped, "jsonl"); len(got) == 0 || len(got) >= len(want) {
		t.Errorf("%d records before the interrupt", len(got))
	}
	if _, err := execute(t, t.Context(), "", args(stopped, "--resume")...); err != nil {
		t.Fatal(err)
	}
	if got := readFolder(t, stopped, "jsonl"); !slices.Equal(got, want) {
		t.Errorf("resumed: %d records, want %d", len(got), len(want))
	}

	divided := t.TempDir()
	for _, shard := range []string{"0/3", "1/3", "2/3"} {
		if _, err := execute(t, t.Context(), "", args(divided, "--shard", shard, "--format", "parquet")...); err != nil {
			t.Fatal(err)
		}
	}
	if got := readFolder(t, divided, "parquet"); !slices.Equal(got, want) {
		t.Errorf("divided: %d records, want %d", len(got), len(want))
	}
}

func TestReadsParquet(t *testing.T) {
	biencoder, _ := models(t)
	type ad struct {
		Ref  int32  `parquet:"ref"`
		Body string `parquet:"body"`
	}
	path := filepath.Join(t.TempDir(), "ads.parquet")
	if err := parquet.WriteFile(path, []ad{{7, "You drive trucks."}, {8, "You bake."}, {9, ""}}); err != nil {
		t.Fatal(err)
	}
	out, err := execute(t, t.Context(), "", "--checkpoint", biencoder, "--taxonomy", ontology, "--text-column", "body", "--id-column", "ref", path)
	if err != nil {
		t.Fatal(err)
	}
	if got := records(t, out); len(got) != 2 || got[0].Ad != "7" || got[1].Sentence != "You bake." {
		t.Errorf("%+v", got)
	}
}
