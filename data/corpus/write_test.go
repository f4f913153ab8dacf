package corpus

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestWriteAndRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "corpus.jsonl")
	want := []Example{
		{"R&D in <Cork>, \"now\"\n\u2028烤面包 😀", []string{"u:a"}, "g:2", "template"},
		{"We pay well.", []string{}, "", ""},
	}
	w, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for _, e := range want {
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file is there before Commit")
	}
	if err := w.Commit(); err != nil || w.Count() != 2 {
		t.Fatal(err, w.Count())
	}
	got, rejects, err := Read(path)
	if err != nil || rejects.Rows != 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, %s, %v", got, rejects, err)
	}
	text, _ := os.ReadFile(path)
	if !strings.Contains(string(text), `R&D in <Cork>`) || strings.Count(string(text), "\n") != 2 {
		t.Errorf("file %q", text)
	}
}

func TestWriteNilSkills(t *testing.T) {
	path := filepath.Join(t.TempDir(), "corpus.jsonl")
	w, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(Example{Text: "x"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	want := `{"text":"x","skills":[],"level2":"","writer":""}` + "\n"
	if text, _ := os.ReadFile(path); string(text) != want {
		t.Errorf("file %q, want %q", text, want)
	}
}

func TestWriteRefuses(t *testing.T) {
	path := file(t, "corpus.jsonl", "old")
	w, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		example Example
		want    string
	}{
		{Example{Text: " "}, "example 1: the text is empty"},
		{Example{Text: "x", Skills: []string{""}}, "an empty skill URI"},
		{Example{Text: "caf\xe9"}, "not UTF-8"},
		{Example{Text: "x", Skills: []string{"\xff"}}, "not UTF-8"},
		{Example{Text: strings.Repeat("\x01", maxLineBytes/7)}, "bytes, want at most"},
	} {
		if err := w.Write(c.example); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
	w.Abort()
	if text, _ := os.ReadFile(path); string(text) != "old" {
		t.Errorf("after Abort the file holds %q", text)
	}
	if err := w.Commit(); err == nil {
		t.Error("Commit after Abort succeeded")
	}
	if _, err := Create(filepath.Join(path, "below", "a file")); err == nil {
		t.Error("Create below a file succeeded")
	}
}

// TestLongestIsReadable checks that Read accepts all that Write accepts, however much JSON has to escape.
func TestLongestIsReadable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "corpus.jsonl")
	w, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(Example{Text: "x" + strings.Repeat("\x01", maxLineBytes/8-1)}); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	if got, rejects, err := Read(path); err != nil || len(got) != 1 {
		t.Errorf("%d examples, %s, %v", len(got), rejects, err)
	}
}

func BenchmarkReadWrite(b *testing.B) {
	path := filepath.Join(b.TempDir(), "corpus.jsonl")
	for b.Loop() {
		w, err := Create(path)
		if err != nil {
			b.Fatal(err)
		}
		for i := range 10000 {
			e := Example{fmt.Sprintf("You bake bread number %d and deliver it to the villages.", i), []string{"http://example.org/skill/bake"}, "http://example.org/skill/S1.0", "template"}
			if err := w.Write(e); err != nil {
				b.Fatal(err)
			}
		}
		if err := w.Commit(); err != nil {
			b.Fatal(err)
		}
		if got, _, err := Read(path); err != nil || len(got) != 10000 {
			b.Fatal(err)
		}
	}
	b.ReportMetric(10000*float64(b.N)/b.Elapsed().Seconds(), "examples/s")
}
